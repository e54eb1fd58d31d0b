import { AllFiles, CwsProject, Layer } from 'coworks/cws'

Layer('layer.zip')
const src = [AllFiles('src')]
const tms = [['app-test', ['dev', 'prod']]]
CwsProject(src, tms)
