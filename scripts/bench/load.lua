-- What wrk sends and counts (scripts/bench/load.py). Arguments: a file with tokens, the operation, a seed.
-- A Lua file returns { users = n, each = n, headers = { ... } }, where headers[n] are those of user n - 1.

local SHARES = { get = 60, list = 85, create = 95 } -- of the mix, each added to the one before; the rest toggles
local BODY = '{"title": "Buy milk and more eggs", "priority": 3}'
local WITH_BODY = "Content-Type: application/json\r\nContent-Length: " .. #BODY .. "\r\n\r\n" .. BODY

local find, random, headers = string.find, math.random, nil
local users, each, operation

-- Globals: wrk lets nothing else be read from outside a thread.
sent_get, sent_list, sent_create, sent_toggle = 0, 0, 0, 0
got_task, got_list, got_created, wrong = 0, 0, 0, 0

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local file = dofile(arguments[1])
  users, each, headers = file.users, file.each, file.headers
  operation = arguments[2]
  math.randomseed(tonumber(arguments[3]))
end

function request()
  local kind = operation
  if kind == "mix" then
    local drawn = random(100)
    kind = drawn <= SHARES.get and "get" or drawn <= SHARES.list and "list" or drawn <= SHARES.create and "create"
      or "toggle"
  end
  local user = random(users) - 1
  local path = " /api/user-" .. user .. "/tasks"
  local common = headers[user + 1]
  if kind == "get" then
    sent_get = sent_get + 1
    return "GET" .. path .. "/" .. (random(each) - 1) * users + user + 1 .. " HTTP/1.1\r\n" .. common .. "\r\n"
  elseif kind == "list" then
    sent_list = sent_list + 1
    return "GET" .. path .. "?limit=50 HTTP/1.1\r\n" .. common .. "\r\n"
  elseif kind == "create" then
    sent_create = sent_create + 1
    return "POST" .. path .. " HTTP/1.1\r\n" .. common .. WITH_BODY
  end
  sent_toggle = sent_toggle + 1
  local id = (random(each) - 1) * users + user + 1
  return "PATCH" .. path .. "/" .. id .. "/complete HTTP/1.1\r\n" .. common .. "\r\n"
end

function response(status, _, body)
  if find(body, '"items":', 1, true) then
    local place, tasks = 0, -1
    repeat
      place, tasks = find(body, '"version":', place + 1, true), tasks + 1
    until not place
    if status == 200 and tasks == 50 then got_list = got_list + 1 else wrong = wrong + 1 end
  elseif find(body, '"version":', 1, true) and status == 201 then
    got_created = got_created + 1
  elseif find(body, '"version":', 1, true) and status == 200 then
    got_task = got_task + 1
  else
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local function total(name)
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + thread:get(name) end
    return sum
  end
  local errors = summary.errors
  local told = {
    requests = summary.requests, microseconds = summary.duration,
    p50 = latency:percentile(50), p99 = latency:percentile(99),
    failed = errors.connect + errors.read + errors.write + errors.timeout, refused = errors.status,
  }
  for _, name in ipairs({ "sent_get", "sent_list", "sent_create", "sent_toggle", "got_task", "got_list", "got_created",
    "wrong" }) do
    told[name] = total(name)
  end
  local members = {}
  for name, value in pairs(told) do table.insert(members, string.format('"%s": %d', name, value)) end
  io.write("\n{" .. table.concat(members, ", ") .. "}\n")
end
