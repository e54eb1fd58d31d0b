// The small Terraform file that a peer renders for each stage: the function and the hash of its zip. One text, in the words of each tool.

/** For `sh`: $zip, $name, $stage and $out are set. */
export const SHELL_RENDER = `hash=$(sha256sum "$zip"); cat > "$out" <<END
resource "aws_lambda_function" "\${name}_\${stage}" {
  function_name    = "$name-$stage"
  filename         = "$zip"
  source_code_hash = "\${hash%% *}"
  handler          = "index.handler"
  runtime          = "nodejs22.x"
  environment { variables = { WORKSPACE = "$stage" } }
}
END`

/** For SCons: a function of Python, which needs no process. */
export const PYTHON_RENDER = `def render(target, source, env):
    digest = hashlib.sha256(open(str(source[0]), 'rb').read()).hexdigest()
    with open(str(target[0]), 'w') as out:
        out.write('''resource "aws_lambda_function" "%(name)s_%(stage)s" {
  function_name    = "%(name)s-%(stage)s"
  filename         = "%(zip)s"
  source_code_hash = "%(digest)s"
  handler          = "index.handler"
  runtime          = "nodejs22.x"
  environment { variables = { WORKSPACE = "%(stage)s" } }
}
''' % dict(name=env['NAME'], stage=env['STAGE'], zip=str(source[0]), digest=digest))
`
