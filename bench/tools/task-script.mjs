// The task of a peer that runs one command for each microservice: a shell script that zips it and renders its stages. Written once, run from
// the tree's root as `sh out-X/task.sh NAME DIR ROOTS STAGES`.
import { SHELL_RENDER } from './render.mjs'

export const taskScript = (out) => `set -e
name=$1 dir=$2 roots=$3 stages=$4
zip=${out}/$name.zip
mkdir -p ${out}
rm -f $zip
root=$PWD
(cd $dir && zip -q -X -D -r $root/$zip $roots)
for stage in $stages; do
  out=${out}/$name.$stage.tf
${SHELL_RENDER}
done
`

/** A word for a shell. */
const quoted = (text) => `'${text}'`

export const taskWords = (script, { name, dir, roots, stages }) =>
  `sh ${script} ${name} ${dir} ${quoted(roots.join(' '))} ${quoted(stages.join(' '))}`
