-- Closures, upvalues and method calls: many small objects that live together.
local function counter(step)
    local value = 0
    return {
        add = function() value = value + step; return value end,
        get = function() return value end,
    }
end

local counters = {}
for step = 1, 200 do
    counters[step] = counter(step)
end
for _ = 1, 20 do
    for _, one in ipairs(counters) do
        one.add()
    end
end
print("closures", counters[1].get(), counters[200].get())

local function compose(...)
    local functions = {...}
    return function(value)
        for _, one in ipairs(functions) do
            value = one(value)
        end
        return value
    end
end
local add_then_double = compose(function(x) return x + 1 end, function(x) return x * 2 end)
print("composed", add_then_double(4), add_then_double(0.5))

local Account = {}
Account.__index = Account
Account.__add = function(a, b) return Account.new(a.owner .. "+" .. b.owner, a.balance + b.balance) end
Account.__tostring = function(self) return self.owner .. ": " .. self.balance end
function Account.new(owner, balance)
    return setmetatable({owner = owner, balance = balance}, Account)
end
local total = Account.new("nobody", 0)
for i, owner in ipairs {"ada", "grace", "barbara"} do
    total = total + Account.new(owner, i * 10)
end
print(tostring(total))

local memo = setmetatable({}, {__index = function(cache, n)
    local value = n < 2 and n or cache[n - 1] + cache[n - 2]
    cache[n] = value
    return value
end})
print("fibonacci", memo[40])
