-- Tables that grow, shrink, are sorted and hold one another.
local squares = {}
for i = 1, 2000 do
    squares[i] = i * i
end
for i = #squares, 1001, -1 do
    table.remove(squares)
end
print(#squares, squares[1000], table.unpack(squares, 1, 5))

local random = 42
local function next_random(limit)
    random = (random * 1103 + 12345) % 65536
    return random % limit + 1
end
local list = {}
for i = 1, 500 do
    table.insert(list, next_random(#list + 1), i)
end
table.sort(list, function(a, b) return a % 17 < b % 17 or a % 17 == b % 17 and a > b end)
print(#list, table.concat(list, " ", 1, 12))

local tree = nil
local function insert(node, key)
    if not node then
        return {key = key}
    end
    local side = key < node.key and "left" or "right"
    node[side] = insert(node[side], key)
    return node
end
local function depth(node)
    return node and 1 + math.max(depth(node.left), depth(node.right)) or 0
end
for _ = 1, 300 do
    tree = insert(tree, next_random(10000))
end
local previous, ordered, count = -1, true, 0
local function walk(node)
    if node then
        walk(node.left)
        ordered, previous, count = ordered and previous <= node.key, node.key, count + 1
        walk(node.right)
    end
end
walk(tree)
print("tree", count, ordered, depth(tree) < 40)

local matrix = {}
for row = 1, 12 do
    matrix[row] = {}
    for column = 1, 12 do
        matrix[row][column] = row == column and 2 or 1 / (row + column)
    end
end
local product = {}
for row = 1, 12 do
    product[row] = {}
    for column = 1, 12 do
        local sum = 0
        for k = 1, 12 do
            sum = sum + matrix[row][k] * matrix[k][column]
        end
        product[row][column] = sum
    end
end
print(string.format("%.6f %.6f", product[1][1], product[12][7]))

-- A queue that moves through its table.
local queue, first, last = {}, 1, 0
for round = 1, 1500 do
    last = last + 1
    queue[last] = {round = round, text = "item " .. round}
    if round % 3 ~= 0 then
        queue[first] = nil
        first = first + 1
    end
end
print("queue", last - first + 1, queue[first].text, queue[last].text)
