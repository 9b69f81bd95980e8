-- What the collector frees, in both of its modes: most objects die young, some stay.
local kept, finalized = {}, 0
local weak = setmetatable({}, {__mode = "v"})
local function churn(rounds)
    for i = 1, rounds do
        local object = setmetatable({i, tostring(i), {i}}, {__gc = i % 50 == 0 and function()
            finalized = finalized + 1
        end or nil})
        weak[i % 64 + 1] = object
        if i % 100 == 0 then
            kept[#kept + 1] = object
        end
        if #kept > 20 then
            table.remove(kept, 1)
        end
    end
end

for _, mode in ipairs {"incremental", "generational"} do
    collectgarbage(mode)
    churn(3000)
    kept = {}
    collectgarbage()
    collectgarbage()
    local alive = 0
    for _ in pairs(weak) do
        alive = alive + 1
    end
    print(mode, "finalized", finalized, "weakly held", alive)
end

-- What is dead is given back: ten times as much as stays at a time.
collectgarbage("incremental")
collectgarbage()
local before = collectgarbage("count")
for _ = 1, 10 do
    local block = {}
    for i = 1, 400 do
        block[i] = ("x"):rep(i % 40) .. i
    end
end
collectgarbage()
print("given back", collectgarbage("count") - before < 16)
