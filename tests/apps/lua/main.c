// SPDX-License-Identifier: MIT
/*
 * Lua as a firmware: runs the script that the command line names, as the program `lua` does.
 *
 * Beside Lua's own libraries the script has `memory`:
 *   memory.limit(bytes)   no request is served that makes Lua's live bytes more than that
 *   memory.limit()        no limit but the board's
 *
 * Exit status: app.h's; a script that ends with an error has APP_FAILED.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "apps/app.h"
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"
#include "replay/report.h"

struct memory {
    size_t live_bytes;
    size_t peak_bytes;
    size_t limit_bytes;
};

static struct memory memory = {.limit_bytes = SIZE_MAX};

/* lua_Alloc. Without a block, old_bytes is no size but the kind of what is asked for. */
static void *allocate(void *user, void *block, size_t old_bytes, size_t new_bytes) {
    struct memory *of = user;
    if (block == NULL) {
        old_bytes = 0;
    }
    if (new_bytes == 0) {
        free(block);
        of->live_bytes -= old_bytes;
        return NULL;
    }
    size_t live_bytes = of->live_bytes - old_bytes + new_bytes;
    if (new_bytes > old_bytes && live_bytes > of->limit_bytes) {
        return NULL;
    }
    void *moved = realloc(block, new_bytes);
    if (moved != NULL) {
        of->live_bytes = live_bytes;
        of->peak_bytes = live_bytes > of->peak_bytes ? live_bytes : of->peak_bytes;
    }
    return moved;
}

static int memory_limit(lua_State *state) {
    lua_Integer bytes = luaL_optinteger(state, 1, -1);
    memory.limit_bytes = bytes < 0 ? SIZE_MAX : (size_t)bytes;
    return 0;
}

/* lua_Reader. A first line #!PROGRAM becomes a comment. */
static const char *read_script(lua_State *state, void *user, size_t *bytes) {
    static char buffer[512];
    bool *first = user;
    (void)state;
    *bytes = app_read_input(buffer, sizeof buffer);
    if (*first && *bytes > 1 && buffer[0] == '#' && buffer[1] == '!') {
        buffer[0] = buffer[1] = '-';
    }
    *first = false;
    return buffer;
}

/* Message handler: the error with a traceback, if there is memory for one. */
static int trace_back(lua_State *state) {
    const char *message = lua_tostring(state, 1);
    if (message == NULL && luaL_callmeta(state, 1, "__tostring") &&
        lua_type(state, -1) == LUA_TSTRING) {
        return 1;
    }
    if (message == NULL) {
        message = lua_pushfstring(state, "(error object is a %s value)", luaL_typename(state, 1));
    }
    luaL_traceback(state, state, message, 1);
    return 1;
}

/* Protected, because each line of it allocates. */
static int run_script(lua_State *state) {
    const char *name = lua_touserdata(state, 1);
    luaL_openlibs(state);
    lua_newtable(state);
    lua_pushcfunction(state, memory_limit);
    lua_setfield(state, -2, "limit");
    lua_setglobal(state, "memory");
    lua_pushcfunction(state, trace_back);
    const char *chunk_name = lua_pushfstring(state, "@%s", name);
    lua_insert(state, -2);
    bool first = true;
    if (lua_load(state, read_script, &first, chunk_name, "t") != LUA_OK) {
        return lua_error(state);
    }
    if (lua_pcall(state, 0, 0, -2) != LUA_OK) {
        return lua_error(state);
    }
    return 0;
}

void app_report_more(void) {
    report_number("peak_live_bytes", memory.peak_bytes);
}

int main(void) {
    app_start();
    const char *name = app_open_input();
    if (name == NULL) {
        return APP_NOT_STARTED;
    }
    lua_State *state = lua_newstate(allocate, &memory);
    if (state == NULL) {
        (void)fprintf(stderr, "lua: not enough memory for a Lua state\n");
        return APP_FAILED;
    }
    lua_pushcfunction(state, run_script);
    lua_pushlightuserdata(state, (void *)(uintptr_t)name);
    int status = lua_pcall(state, 1, 0, 0);
    if (status != LUA_OK) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "lua: %s\n", lua_tostring(state, -1));
    }
    lua_close(state);
    return status == LUA_OK ? APP_DONE : APP_FAILED;
}
