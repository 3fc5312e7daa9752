/**
 * The journal's steps, each one atomic. KEYS: the facts, the lease. ARGV 1 and 2: the holder's token, the lease's length in
 * milliseconds. The field `batch` of the facts names the last batch, so that a write can be judged by what it followed.
 */

const UNLESS_TAKEN = `
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return 'taken' end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
`

/** A batch of this process that is not the expected one: the server was restarted and has forgotten what came after it. */
const JUDGE = `
local last = redis.call('HGET', KEYS[1], 'batch') or ''
local lossy = last == '' or string.sub(last, 1, #ARGV[1] + 1) == ARGV[1] .. '.'
`

/** Takes the lease if nobody has it, and keeps it if this process has. */
export const HOLD = `${UNLESS_TAKEN}
return 'held'`

export const RELEASE = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 'released'`

/** ARGV 3 to 5: the batch before, this batch, how many puts; then key and text of each, then the keys to remove. */
export const WRITE = `${UNLESS_TAKEN}${JUDGE}
if last ~= ARGV[3] then return lossy and 'lost' or 'taken' end
local at = 6
for _ = 1, tonumber(ARGV[5]) do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for index = at, #ARGV do redis.call('HDEL', KEYS[1], ARGV[index]) end
redis.call('HSET', KEYS[1], 'batch', ARGV[4])
return 'kept'`

/**
 * After a write without an answer. ARGV 3 to 5: the batch before, the batch in doubt, what takes its place: a write that is
 * still on its way then follows nothing and does nothing.
 */
export const SETTLE = `${UNLESS_TAKEN}${JUDGE}
if last == ARGV[4] then return 'kept' end
if last ~= ARGV[3] then return lossy and 'lost' or 'taken' end
redis.call('HSET', KEYS[1], 'batch', ARGV[5])
return 'fenced'`

/** KEYS 3: everything, written anew beside what has been lost. */
export const REPLACE = `${UNLESS_TAKEN}${JUDGE}
if not lossy then return 'taken' end
redis.call('RENAME', KEYS[3], KEYS[1])
return 'replaced'`
