/** `coworks`: the runtime, all that ships to Lambda. */
export { Admin } from './admin.js'
export { type AllowedRoute, type Auth, AuthRequest, AuthResponse, type AuthResponseOptions, type AuthResult } from './auth.js'
export { Blueprint } from './blueprint.js'
export { type Client, type ClientOptions, client } from './client.js'
export type { ClientRequest } from './client-event.js'
export { Config, type ConfigOptions } from './config.js'
export { CORSConfig, type CORSOptions } from './cors.js'
export { at, every, type RouteOptions, route } from './decorators.js'
export { DefinitionError, type DefinitionProblem } from './definition-error.js'
export { describe } from './describe.js'
export type * from './description.js'
export type { LambdaContext, ProxyAnswer, ProxyEvent, TokenEvent } from './events.js'
export {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  GoneError,
  HttpError,
  type HttpErrorOptions,
  MethodNotAllowedError,
  NotFoundError,
  PayloadTooLargeError,
  ServiceUnavailableError,
  TooManyRequestsError,
  Unauthorized,
  UnauthorizedError,
  UnprocessableError,
  UnsupportedMediaTypeError,
} from './http-error.js'
export { type FoundService, findServices, type LambdaHandler, lambdaHandler } from './lambda.js'
export type { BlueprintOptions } from './model.js'
export { type AuthorizerAnswer, type Decision, evaluatePolicy, type PolicyDocument, type Statement, wildcardMatch } from './policy.js'
export { RequestHeaders, ServiceRequest } from './request.js'
export type { RunOptions } from './run.js'
export { type ServiceOptions, TechMicroService } from './service.js'
export type { PatternTrigger, SourceTrigger, Trigger } from './triggers.js'
