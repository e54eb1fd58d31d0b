// Numbers that look random and are the same in every run: two machines generate the same project, byte for byte.

/** mulberry32: a number in [0, 1) a call. */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Sizes as files have them: many small ones, a few large, `mean` bytes on average. */
export function sizeFrom(random, mean) {
  // An exponential law has its mean at 1; below a few lines a file would hold nothing but its first line.
  return Math.max(120, Math.min(mean * 6, Math.round(-Math.log(1 - random()) * mean)))
}
