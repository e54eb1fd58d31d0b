/** What AWS's errors are taken for, and what a person reads of them. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failureOf, failureProblem } from '../../src/update/failures.js'
import { problemLine } from '../../src/util/problem.js'

const thrown = (name: string, message = '', more: object = {}) => Object.assign(new Error(message), { name, ...more })
const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })
const kind = (error: unknown) => failureOf(error, 'lambda:UpdateFunctionCode').kind
const said = (error: unknown) => problemLine(failureProblem(failureOf(error, 'lambda:UpdateFunctionCode'), 'function app-test-dev'))

test('by name, by status, by what Node says of a connection', () => {
  assert.is(kind(thrown('TooManyRequestsException')), 'throttled')
  assert.is(kind(thrown('Unheard', '', status(429))), 'throttled')
  assert.is(kind(thrown('ResourceConflictException')), 'conflict')
  assert.is(kind(thrown('PreconditionFailedException')), 'precondition')
  for (const code of ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND']) assert.is(kind(thrown('Error', 'x', { code })), 'lost')
  assert.is(kind(thrown('TimeoutError', 'Connection timed out after 60000 ms')), 'lost')
  assert.is(kind(thrown('Error', 'socket hang up')), 'lost')
  assert.is(kind(thrown('SyntaxError', 'Unexpected end of JSON input')), 'lost')
  assert.is(kind(thrown('Unheard', '', status(503))), 'lost')
  assert.is(kind(thrown('InvalidParameterValueException', '', status(400))), 'refused')
  assert.is(kind('not even an error'), 'refused')
})

test('the permission that is missing is the one AWS names, which may be another than that of the call', () => {
  const message =
    'User: arn:aws:iam::1:user/ada is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:eu-west-1:1:layer:a:1 because no identity-based policy allows it'
  assert.is(
    said(thrown('AccessDeniedException', message)),
    'function app-test-dev · AWS denies lambda:GetLayerVersion · allow it in the policy of whoever runs this',
  )
  assert.match(said(thrown('AccessDeniedException', 'no')), /AWS denies lambda:UpdateFunctionCode/)
})

test('credentials: none, expired, of an SSO session, of an unknown profile, wrong', () => {
  assert.match(
    said(thrown('CredentialsProviderError', 'Could not load credentials from any providers')),
    /^AWS credentials · could not load .* · run `aws configure' or/,
  )
  assert.match(
    said(thrown('ExpiredTokenException', 'The security token included in the request is expired')),
    /sign in again \(aws sso login\)/,
  )
  const sso =
    'The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login with the corresponding profile.'
  assert.match(said(thrown('CredentialsProviderError', sso)), / · sign in again: aws sso login$/)
  const ofProfile = (message: string) => failureProblem(failureOf(thrown('CredentialsProviderError', message), 'lambda', 'shop'), 'x').hint
  assert.is(
    ofProfile('Could not load credentials from any providers'),
    "does the profile `shop' give credentials? `aws configure list-profiles' lists those there are",
  )
  assert.is(ofProfile(sso), 'sign in again: aws sso login --profile shop')
  assert.match(said(thrown('InvalidSignatureException', 'The request signature we calculated does not match')), /clock is wrong/)
  assert.match(
    said(thrown('UnrecognizedClientException', 'The security token included in the request is invalid.')),
    /check AWS_ACCESS_KEY_ID/,
  )
})

test('what is refused says what AWS says', () => {
  assert.is(
    said(thrown('InvalidParameterValueException', 'Unzipped size must be smaller than 262144000 bytes', status(400))),
    'function app-test-dev · lambda:UpdateFunctionCode was refused: Unzipped size must be smaller than 262144000 bytes',
  )
  assert.match(said(thrown('CodeStorageExceededException', 'Code storage limit exceeded.')), /delete old versions/)
})

test.run()
