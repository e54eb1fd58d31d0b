/**
 * Asks AWS one thing that changes nothing, to see whether the credentials are good and Lambda can be reached. Only where the user
 * asked for it. Load this module late: its SDK takes a tenth of a second.
 */
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { type Check, ok, problem } from './check.js'

/** A connection that is let through to nothing must not make a doctor wait for minutes. */
const LIMIT_MS = 10_000

export async function onlineCheck(region: string | undefined, signal: AbortSignal): Promise<Check> {
  // Else the SDK says on every run that it will want a newer Node one day.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const client = new LambdaClient({ ...(region === undefined || region === '' ? {} : { region }), maxAttempts: 1 })
  const where = region === undefined ? 'Lambda' : `Lambda in ${region}`
  try {
    await client.send(new GetAccountSettingsCommand({}), { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]) })
    return ok('online', `${where} answers`)
  } catch (error) {
    signal.throwIfAborted()
    return explained(where, error instanceof Error ? error : new Error(String(error)))
  } finally {
    client.destroy()
  }
}

/** Nothing of what AWS says is repeated but the name of the error: its text may quote a key's id. */
function explained(where: string, error: Error): Check {
  const login = 'aws sso login, or aws configure'
  const { name, message } = error
  if (name === 'AccessDeniedException') return ok('online', `${where} answers; these credentials may not read the account's settings`)
  if (/^Expired/.test(name)) return problem('online', 'the AWS credentials have expired', login)
  if (/^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|MissingAuthenticationToken)/.test(name))
    return problem('online', `AWS does not take these credentials (${name})`, login)
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return problem('online', 'no AWS credentials that can be used', login)
  if (/region is missing/i.test(message)) return problem('online', 'no AWS region is set, so nobody can be asked', 'set AWS_REGION')
  if (name === 'TimeoutError' || name === 'AbortError')
    return problem('online', `${where} does not answer within ${LIMIT_MS / 1000} s`, 'is there a proxy or a firewall between?')
  const code = (error as NodeJS.ErrnoException).code
  return problem('online', `${where} cannot be asked (${code ?? name})`, 'is this machine online, and AWS_ENDPOINT_URL right?')
}
