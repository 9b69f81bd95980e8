-- Building, searching and formatting strings of many lengths.
local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do
    words[#words + 1] = word
end
print(#words, table.concat(words, "-"))

local lines = {}
for i = 1, 300 do
    lines[i] = string.format("%03d %-8s|%8.3f|%x", i, words[i % #words + 1], i / 7, i * 255)
end
local text = table.concat(lines, "\n")
print(#text, lines[1], lines[300])

local counts = {}
for word in text:gmatch("%a+") do
    counts[word] = (counts[word] or 0) + 1
end
local names = {}
for name in pairs(counts) do
    names[#names + 1] = name
end
table.sort(names)
for i = 1, 8 do
    io.write(names[i], "=", counts[names[i]], i < 8 and " " or "\n")
end

local grown = ""
for i = 1, 200 do
    grown = grown .. string.char(97 + i % 26)
end
print(grown:sub(1, 30), #grown, grown:rep(20):len())
print((text:gsub("fox", "vixen")):len(), text:find("lazy", 1, true))
print(("%q"):format("line\nquote\" tab\t"))
print(string.format("%5.1f %e %g %g %g", 3.14159, 12345.678, 1e100, 0.1, -0.0))
print(math.pi, 1 / 3, 1e15, 2 ^ 53, 10 // 3, 7.5 % 2, 1e300 * 1e10, -1 / 0)
print(tostring(1e15), tonumber("0x1F"), tonumber("  12.5  "), tonumber("z", 36), tonumber("no"))
print(utf8.char(72, 228, 8364, 128512), utf8.len("Grüße €"), #"Grüße €")
for position, code in utf8.codes("aß€") do
    io.write(position, ":", code, " ")
end
print()
print(string.pack("<i4z", 1027, "end"):byte(1, -1))
