/** What was built, kept by what it was built from, for other branches and machines. */
export { type CacheMode, DirectoryCache } from './directory-cache.js'
