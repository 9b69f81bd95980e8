-- Coroutines: each has a stack of its own, which grows.
local function numbers(limit)
    return coroutine.wrap(function()
        for i = 2, limit do
            coroutine.yield(i)
        end
    end)
end
local function filter(prime, source)
    return coroutine.wrap(function()
        for n in source do
            if n % prime ~= 0 then
                coroutine.yield(n)
            end
        end
    end)
end
local source, primes = numbers(120), {}
while true do
    local prime = source()
    if not prime then
        break
    end
    primes[#primes + 1] = prime
    source = filter(prime, source)
    if #primes == 20 then
        break
    end
end
print("primes", table.concat(primes, " "))

local tasks, trace = {}, {}
for id = 1, 30 do
    tasks[id] = coroutine.create(function(...)
        local received = select("#", ...)
        for step = 1, id % 5 + 1 do
            received = received + select("#", coroutine.yield(id * step))
        end
        return "task " .. id .. " received " .. received
    end)
end
local turns = 0
while next(tasks) do
    for id = 1, 30 do
        local task = tasks[id]
        if task then
            local _, answer = coroutine.resume(task, id, turns)
            turns = turns + 1
            if coroutine.status(task) == "dead" then
                tasks[id] = nil
                trace[#trace + 1] = answer
            end
        end
    end
end
print(turns, #trace, trace[1], trace[30])

local function permutations(list, n)
    n = n or #list
    if n <= 1 then
        coroutine.yield(list)
    end
    for i = 1, n do
        list[n], list[i] = list[i], list[n]
        permutations(list, n - 1)
        list[n], list[i] = list[i], list[n]
    end
end
local count, last = 0, nil
for permutation in coroutine.wrap(function() permutations {"a", "b", "c", "d", "e"} end) do
    count, last = count + 1, table.concat(permutation)
end
print("permutations", count, last)

local function deep(n)
    return n == 0 and coroutine.yield("bottom") or 1 + deep(n - 1)
end
local diver = coroutine.create(function() return deep(500) end)
print(select(2, coroutine.resume(diver)), select(2, coroutine.resume(diver, 0)))
print(coroutine.resume(coroutine.create(function() error("inside") end)))
local closed = coroutine.create(function()
    local resource <close> = setmetatable({}, {__close = function() print("closed") end})
    coroutine.yield()
end)
coroutine.resume(closed)
print(coroutine.close(closed), coroutine.status(closed))
