/** Where values stand on an axis, in per cent of its length: plots are as wide as the page is, and their texts keep their size. */
export interface Scale {
  at: (value: number) => number
  /** Round numbers within. */
  ticks: number[]
}

/** From nothing to the first round number that no value exceeds. */
export function linear (values: readonly number[]): Scale {
  const most = Math.max(...values, 0)
  const max = most === 0 ? 1 : most
  const step = roundStep(max)
  const steps = Math.ceil(max / step - 1e-9)
  const end = steps * step
  return {
    at: value => 100 * value / end,
    ticks: Array.from({ length: steps + 1 }, (_, index) => clean(index * step))
  }
}

/** For what differs by orders of magnitude; what is not above zero stands at the beginning. @param mostTicks where there would be more, only powers of ten are labelled */
export function logarithmic (values: readonly number[], mostTicks = 7): Scale {
  const positive = values.filter(value => value > 0)
  const low = floorOf(positive.length === 0 ? 1 : Math.min(...positive))
  const high = ceilingOf(positive.length === 0 ? 1 : Math.max(...positive))
  const end = high > low ? high : low * 10
  const span = Math.log(end / low)
  const all = decades(low, end)
  return {
    at: value => value <= low ? 0 : 100 * Math.log(value / low) / span,
    ticks: all.length <= mostTicks ? all : all.filter(tick => isPowerOfTen(tick))
  }
}

const mostSteps = 5

/** 1, 2 or 5 times a power of ten, so that there are three to five of them: on a phone there is no room for more labels. */
function roundStep (max: number): number {
  return ceilingOf(max / mostSteps)
}

const factors = [1, 2, 5]

function decades (low: number, high: number): number[] {
  const ticks: number[] = []
  for (let exponent = Math.floor(Math.log10(low) + 1e-9); ticks.length === 0 || 10 ** exponent <= high * (1 + 1e-9); exponent++) {
    ticks.push(...factors.map(factor => clean(factor * 10 ** exponent)).filter(tick => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)))
  }
  return ticks
}

function floorOf (value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return clean(factors.map(factor => factor * power).findLast(tick => tick <= value * (1 + 1e-9)) ?? power)
}

function ceilingOf (value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return clean([...factors, 10].map(factor => factor * power).find(tick => tick >= value * (1 - 1e-9)) ?? power * 10)
}

function isPowerOfTen (value: number): boolean {
  const exponent = Math.log10(value)
  return Math.abs(exponent - Math.round(exponent)) < 1e-9
}

/** 0.1 + 0.2 is 0.3 on an axis. */
function clean (value: number): number {
  return Number(value.toPrecision(12))
}
