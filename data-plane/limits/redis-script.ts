import { hash } from 'node:crypto'
import { slidingKey, type CounterRef } from './counter.ts'
import { NotRedis } from './redis-fault.ts'
import { slotsPerWindow } from './slots.ts'

/**
 * `hit`: counts, whatever the outcome. `take`: all of it if there is room for all of it. `correct`: `cost` is added to windows that are
 * there, and may be negative. `once`: `isTaken` where the key is not there, and it is for `windowMs`.
 */
export type RedisAction = 'hit' | 'take' | 'correct' | 'once'

/** One step of the script: it happens as a whole. */
export interface RedisStep {
  action: RedisAction
  spends: readonly RedisSpend[]
}

export interface RedisSpend extends CounterRef {
  /** Of `take` alone. */
  max: number
  cost: number
}

export interface RedisOutcome {
  isTaken: boolean
  counts: Array<{ count: number, resetsInMs: number }>
}

/**
 * Counts as `createWindowCounters` does: a fixed window begins with its first hit, and one that would last longer than it may begins anew; a
 * sliding one is a text of `slot:count`. The time is Redis's own, so machines whose clocks differ count together; within a script it stands
 * still. Every key gets an expiry in the command that makes it.
 */
const script = `
local slotsPerWindow = ${slotsPerWindow}
local now
local function clock()
  if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  return now
end
local function hit(key, windowMs, cost)
  local count = redis.call('INCRBY', key, cost)
  local resetsInMs = redis.call('PTTL', key)
  if resetsInMs < 0 or resetsInMs > windowMs then
    redis.call('SET', key, cost, 'PX', windowMs)
    return cost, windowMs
  end
  return count, resetsInMs
end
local function lookFixed(key, windowMs)
  local resetsInMs = redis.call('PTTL', key)
  if resetsInMs < 0 or resetsInMs > windowMs then return 0, nil end
  return tonumber(redis.call('GET', key) or 0), resetsInMs
end
local function readSlots(key, windowMs)
  local current = math.floor(clock() / (windowMs / slotsPerWindow))
  local slots, count = {}, 0
  for slot, n in string.gmatch(redis.call('GET', key) or '', '(%d+):(%d+)') do
    slot, n = tonumber(slot), tonumber(n)
    if slot >= current - slotsPerWindow and slot <= current then
      slots[#slots + 1] = { slot, n }
      count = count + n
    end
  end
  return slots, count, current
end
local function writeSlots(key, slots, windowMs)
  local parts = {}
  for i, slot in ipairs(slots) do parts[i] = string.format('%.0f:%.0f', slot[1], slot[2]) end
  redis.call('SET', key, table.concat(parts, ' '), 'PX', windowMs * 2)
end
local function addSlots(slots, current, delta)
  if delta > 0 then
    local newest = slots[#slots]
    if newest and newest[1] == current then newest[2] = newest[2] + delta
    else slots[#slots + 1] = { current, delta } end
  end
  while delta < 0 and #slots > 0 do
    local newest = slots[#slots]
    local part = math.min(newest[2], -delta)
    newest[2] = newest[2] - part
    delta = delta + part
    if newest[2] == 0 then slots[#slots] = nil end
  end
end
local function waitForRoom(slots, wanted, windowMs)
  if #slots == 0 then return windowMs end
  local freed, last = 0, slots[1][1]
  for _, slot in ipairs(slots) do
    if freed >= wanted then break end
    last = slot[1]
    freed = freed + slot[2]
  end
  return (last + slotsPerWindow + 1) * (windowMs / slotsPerWindow) - clock()
end
local function take(spends)
  local isTaken = 1
  for _, spend in ipairs(spends) do
    if spend.sliding then spend.slots, spend.count, spend.current = readSlots(spend.key, spend.windowMs)
    else spend.count, spend.resetsInMs = lookFixed(spend.key, spend.windowMs) end
    if spend.count + spend.cost > spend.max then isTaken = 0 end
  end
  for _, spend in ipairs(spends) do
    local lacks = spend.count + spend.cost - spend.max
    if isTaken == 1 then
      spend.count = spend.count + spend.cost
      if not spend.sliding then _, spend.resetsInMs = hit(spend.key, spend.windowMs, spend.cost)
      elseif spend.cost > 0 then
        addSlots(spend.slots, spend.current, spend.cost)
        writeSlots(spend.key, spend.slots, spend.windowMs)
      end
    end
    if spend.sliding then spend.resetsInMs = waitForRoom(spend.slots, lacks > 0 and lacks or 1, spend.windowMs) end
    spend.resetsInMs = spend.resetsInMs or spend.windowMs
  end
  return isTaken
end
local function correct(spend)
  if spend.sliding then
    local slots, _, current = readSlots(spend.key, spend.windowMs)
    addSlots(slots, current, spend.cost)
    writeSlots(spend.key, slots, spend.windowMs)
  elseif redis.call('PTTL', spend.key) > 0 then
    local count = redis.call('INCRBY', spend.key, spend.cost)
    if count < 0 then redis.call('INCRBY', spend.key, -count) end
  end
  spend.count, spend.resetsInMs = 0, 1
end
local function once(spend)
  spend.count, spend.resetsInMs = 1, spend.windowMs
  return redis.call('SET', spend.key, 1, 'PX', spend.windowMs, 'NX') and 1 or 0
end
local reply, key, at = {}, 0, 1
while at <= #ARGV do
  local action, size, isTaken = ARGV[at], tonumber(ARGV[at + 1]), 1
  at = at + 2
  local spends = {}
  for i = 1, size do
    key = key + 1
    spends[i] = { key = KEYS[key], windowMs = tonumber(ARGV[at]), sliding = ARGV[at + 1] == '1', max = tonumber(ARGV[at + 2]), cost = tonumber(ARGV[at + 3]) }
    at = at + 4
  end
  if action == 'take' then isTaken = take(spends)
  elseif action == 'once' then isTaken = once(spends[1])
  else
    for _, spend in ipairs(spends) do
      if action == 'hit' then spend.count, spend.resetsInMs = hit(spend.key, spend.windowMs, spend.cost)
      else correct(spend) end
    end
  end
  reply[#reply + 1] = isTaken
  for _, spend in ipairs(spends) do
    reply[#reply + 1] = spend.count
    reply[#reply + 1] = spend.resetsInMs
  end
end
return reply
`.trim()

const scriptHash = hash('sha1', script)

/** What else is in the same database is not ours. */
export const keyPrefix = 'imprun:limit:'

/** One command for all steps. @param how `hash`: for a server that knows the script */
export function countCommand (steps: readonly RedisStep[], how: 'hash' | 'script'): string[] {
  const spends = steps.flatMap(step => step.spends)
  return [
    ...(how === 'hash' ? ['EVALSHA', scriptHash] : ['EVAL', script]),
    String(spends.length),
    ...spends.map(spend => keyPrefix + (spend.isSliding ? slidingKey(spend) : spend.key)),
    ...steps.flatMap(step => [step.action, String(step.spends.length), ...step.spends.flatMap(({ windowMs, isSliding, max, cost }) =>
      [String(windowMs), isSliding ? '1' : '0', String(max), String(cost)])])
  ]
}

/** One outcome for each step. @throws {NotRedis} */
export function readOutcomes (reply: unknown, steps: readonly RedisStep[]): RedisOutcome[] {
  const length = steps.reduce((sum, { spends }) => sum + 1 + 2 * spends.length, 0)
  if (!Array.isArray(reply) || reply.length !== length || !reply.every(Number.isSafeInteger)) throw new NotRedis()
  const numbers = reply as number[]
  let at = 0
  return steps.map(({ spends }) => {
    const isTaken = numbers[at++] === 1
    // Less than a millisecond is left: PTTL says 0.
    return { isTaken, counts: spends.map(() => ({ count: numbers[at++]!, resetsInMs: Math.max(1, numbers[at++]!) })) }
  })
}
