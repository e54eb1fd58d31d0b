// Everyone who can be measured.
import { cdk } from './cdk.mjs'
import { coworks } from './coworks.mjs'
import { floors } from './floors.mjs'
import { layerZips } from './layer-zips.mjs'
import { ninja } from './ninja.mjs'
import { nx } from './nx.mjs'
import { osls } from './osls.mjs'
import { scons } from './scons.mjs'
import { turbo } from './turbo.mjs'
import { wireit } from './wireit.mjs'

export const TOOLS = [coworks, ninja, scons, turbo, nx, wireit, cdk, osls, ...layerZips, ...floors]
export const toolNamed = (name) => TOOLS.find((tool) => tool.name === name)
export const TITLES = Object.fromEntries(TOOLS.map(({ name, title }) => [name, title]))
