// Everyone who can be measured.
import { coworks } from './coworks.mjs'
import { floors } from './floors.mjs'
import { layerZips } from './layer-zips.mjs'
import { ninja } from './ninja.mjs'
import { scons } from './scons.mjs'

export const TOOLS = [coworks, ninja, scons, ...layerZips, ...floors]
export const toolNamed = (name) => TOOLS.find((tool) => tool.name === name)
export const TITLES = Object.fromEntries(TOOLS.map(({ name, title }) => [name, title]))
