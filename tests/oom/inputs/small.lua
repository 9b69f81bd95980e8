-- Strings, a table and numbers: a few requests of each kind.
local t = {}
for i = 1, 20 do t[i] = ("x"):rep(i) .. i * 0.5 end
print(#t, t[7], 1.5, string.format("%5.2f", 3.14159))
