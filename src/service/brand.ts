/**
 * How instances are recognised: by a registered symbol, never by `instanceof`. The package may be there twice, once in
 * the command line and once in the user's project, and the classes of the two copies are not the same.
 */

export const SERVICE = Symbol.for('coworks.service')
export const BLUEPRINT = Symbol.for('coworks.blueprint')
export const CONFIG = Symbol.for('coworks.config')
export const CORS = Symbol.for('coworks.cors')
export const HTTP_ERROR = Symbol.for('coworks.httpError')
export const UNAUTHORIZED = Symbol.for('coworks.unauthorized')
export const AUTH_RESPONSE = Symbol.for('coworks.authResponse')
/** On a method: what its decorators said. */
export const ROUTE = Symbol.for('coworks.route')
export const SCHEDULES = Symbol.for('coworks.schedules')
/** Methods of a service that other copies of the package may call. */
export const HANDLE = Symbol.for('coworks.handle')
export const DESCRIBE = Symbol.for('coworks.describe')

export function isBranded(value: unknown, brand: symbol): boolean {
  return value !== null && typeof value === 'object' && brand in value
}
