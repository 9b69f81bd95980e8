-- Errors that are caught: thrown values, tracebacks, recursion that is too deep, syntax.
print(pcall(error, "plain"))
print(pcall(error, {code = 7}) == false, select(2, pcall(error, {code = 7})).code)
print(pcall(function() local nothing; return nothing.field end))
print(pcall(function() return 1 + {} end))
print(pcall(string.rep))
print(select(2, pcall(error)))
print(xpcall(function() error("handled", 0) end, function(message) return "<" .. message .. ">" end))
print(select("#", load("return 1 +")), (select(2, load("return 1 +", "=chunk"))))
print(load("return ...", "=chunk")(1, 2, 3))

local levels = 0
local function endless()
    levels = levels + 1
    return 1 + endless()
end
-- Whichever comes first: the stack's limit, or the end of memory.
print("endless", pcall(endless) == false, levels > 1000)

-- Recursion through C: pcall in pcall, gsub in gsub, and a parser that has to stop in time.
local function through_c(n)
    local inner = {pcall(through_c, n + 1)}
    return inner[1] and inner[2] or n
end
local ended, depth = pcall(through_c, 0)
print("pcall in pcall", ended, depth > 20)
local function through_gsub(n)
    return (("x"):gsub("x", function() return through_gsub(n + 1) end))
end
local caught, why = pcall(through_gsub, 0)
print("gsub in gsub", caught, why:match("C stack overflow"))
print("nested braces", (load("return " .. ("{"):rep(1000) .. ("}"):rep(1000))))
print("nested pattern", pcall(string.match, ("a"):rep(300), ("(a"):rep(20) .. (")"):rep(20)))
print("long pattern", #(("a"):rep(300)):match(("a?"):rep(150) .. ("a"):rep(150)))

local log = {}
do
    local ok, err = pcall(function()
        local first <close> = setmetatable({}, {__close = function(_, e) log[#log + 1] = "first " .. tostring(e) end})
        local second <close> = setmetatable({}, {__close = function(_, e) log[#log + 1] = "second " .. tostring(e) end})
        error("out", 0)
    end)
    print(ok, err, table.concat(log, ", "))
end
print(io.open("/no/such/file"))
print((debug.traceback("trace"):gsub("\n.*", "")))
