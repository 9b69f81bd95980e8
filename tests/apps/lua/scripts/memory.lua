-- Memory that runs out: under a limit, and then for good. Each time the script is told, and goes on.
local function fill(make)
    local blocks = {}
    local held, message = pcall(function()
        while true do
            blocks[#blocks + 1] = make(#blocks)
        end
    end)
    return held, message, #blocks
end

local kinds = {
    tables = function(n) return {n, n, name = n} end,
    strings = function(n) return ("s"):rep(100) .. n end,
    long_strings = function(n) return ("l"):rep(5000) .. n end,
    closures = function(n) return function() return n end end,
    coroutines = function() return coroutine.create(print) end,
}
for _, name in ipairs {"tables", "strings", "long_strings", "closures", "coroutines"} do
    memory.limit(100000)
    local held, message, count = fill(kinds[name])
    memory.limit()
    print(name, held, message, count)
    collectgarbage()
end

for _, name in ipairs {"tables", "strings", "long_strings", "closures", "coroutines"} do
    local held, message, count = fill(kinds[name])
    collectgarbage()
    print(name, held, message, count > 20)
end

-- One request that no memory can serve, and a table that cannot grow.
print(pcall(string.rep, "huge", 1000000))
print(pcall(function()
    local list = {}
    for i = 1, 10000000 do
        list[i] = i
    end
end))
collectgarbage()
print("still alive", ("x"):rep(1000):len())
