/**
 * Errors that are answers: thrown anywhere in a route, they become their status and `{"message": …}`. Every other error
 * is a 500 that tells the caller nothing.
 */
import { HTTP_ERROR, isBranded, UNAUTHORIZED } from './brand.js'

export interface HttpErrorOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer of any status from 400 to 599. */
export class HttpError extends Error {
  readonly [HTTP_ERROR] = true
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  /** @param status 400 to 599. @param message told to the caller. */
  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, options)
    if (!Number.isInteger(status) || status < 400 || status > 599) throw new RangeError(`${status} is not the status of an error`)
    this.name = new.target.name
    this.status = status
    this.headers = options.headers ?? {}
  }
}

function errorClass(name: string, status: number, usual: string) {
  const made = class extends HttpError {
    constructor(message: string = usual, options: HttpErrorOptions = {}) {
      super(status, message, options)
      this.name = name
    }
  }
  Object.defineProperty(made, 'name', { value: name })
  return made
}

export const BadRequestError = errorClass('BadRequestError', 400, 'Bad Request')
export const UnauthorizedError = errorClass('UnauthorizedError', 401, 'Unauthorized')
export const ForbiddenError = errorClass('ForbiddenError', 403, 'Forbidden')
export const NotFoundError = errorClass('NotFoundError', 404, 'Not Found')
export const MethodNotAllowedError = errorClass('MethodNotAllowedError', 405, 'Method Not Allowed')
export const ConflictError = errorClass('ConflictError', 409, 'Conflict')
export const GoneError = errorClass('GoneError', 410, 'Gone')
export const PayloadTooLargeError = errorClass('PayloadTooLargeError', 413, 'Payload Too Large')
export const UnsupportedMediaTypeError = errorClass('UnsupportedMediaTypeError', 415, 'Unsupported Media Type')
export const UnprocessableError = errorClass('UnprocessableError', 422, 'Unprocessable Entity')
export const TooManyRequestsError = errorClass('TooManyRequestsError', 429, 'Too Many Requests')
export const ServiceUnavailableError = errorClass('ServiceUnavailableError', 503, 'Service Unavailable')

/** Thrown by `auth`: the caller gets 401 instead of 403. */
export class Unauthorized extends Error {
  readonly [UNAUTHORIZED] = true

  constructor() {
    super('Unauthorized') // API Gateway answers 401 to exactly this message, 500 to any other
    this.name = 'Unauthorized'
  }
}

export function isHttpError(error: unknown): error is HttpError {
  return isBranded(error, HTTP_ERROR)
}

/** `Unauthorized`, and what people throw in its place: `UnauthorizedError`, `new Error('Unauthorized')`. */
export function isUnauthorized(error: unknown): boolean {
  return (
    isBranded(error, UNAUTHORIZED) ||
    (isHttpError(error) && error.status === 401) ||
    (error instanceof Error && error.message === 'Unauthorized')
  )
}
