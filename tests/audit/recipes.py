# SPDX-License-Identifier: MIT
"""Images that the audit must find something in, or must not, and how each is built.

All have the start-up code and the linker script of tests/integration/firmware, a Cortex-M3's, and none is run.
"""

import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SOURCES = pathlib.Path(__file__).resolve().parent / "images"
FOREIGN = REPOSITORY / "tests" / "integration" / "firmware"
TOOLS = "arm-none-eabi-"
CPU = ["-mcpu=cortex-m3", "-mthumb"]
SPECS = {"nano": ["--specs=nano.specs"], "newlib": [], "picolibc": ["--specs=picolibc.specs"]}
LIBRARY = "{build}/lm3s6965evb-{libc}/obmalloc/libobmalloc.a"
FOUND_IN = {"nano": "_cfree_r", "newlib": "cfree"}

# What stands for the heap in the linker script: with obmalloc, and without.
OURS = "__heap_end = ORIGIN(ram) + LENGTH(ram) - 4K; INCLUDE obmalloc.ld"
THEIRS = "end = .; __heap_start = .; __heap_end = ORIGIN(ram) + LENGTH(ram) - 4K;"


def edited(path, *edits):
    """A file's text with each (old, new) put in once."""
    text = path.read_text("utf-8")
    for old, new in filter(None, edits):
        if text.count(old) != 1:
            raise AssertionError(f"{path.name} holds '{old}' {text.count(old)} times")
        text = text.replace(old, new)
    return text


class Recipe:
    """One image. sources: of images/. heap: the line of the linker script. obmalloc: link the library.
    keep: with -u malloc as obmalloc.mk says. flags: of the compiler, words: of the linker.
    linker_edit, script_edit: (old, new) in a copy of obmalloc.ld, of the firmware's linker script."""

    def __init__(self, *sources, libc="nano", obmalloc=False, keep=True, heap=None, flags=("-fno-builtin",),
                 words=(), main="firmware.c", linker_edit=None, script_edit=None):
        self.sources = [main, *sources]
        self.libc, self.obmalloc, self.keep = libc, obmalloc, keep
        self.heap = heap or (OURS if obmalloc else THEIRS)
        self.flags, self.words = list(flags), list(words)
        self.linker_edit, self.script_edit = linker_edit, script_edit

    def build(self, build_folder, name):
        """Returns the image's path; its map lies beside it. Raises CalledProcessError with the tools' words."""
        folder = pathlib.Path(build_folder) / "audit" / name
        folder.mkdir(parents=True, exist_ok=True)
        image = folder / "firmware.elf"
        script = edited(FOREIGN / "firmware.ld", ("HEAP_LINE", self.heap), self.script_edit)
        (folder / "firmware.ld").write_text(script, "utf-8")
        (folder / "obmalloc.ld").write_text(edited(REPOSITORY / "linker" / "obmalloc.ld", self.linker_edit), "utf-8")
        objects = [self._compile(folder, FOREIGN / "startup.c", ["-Os"])]
        objects += [self._compile(folder, SOURCES / source, ["-O2", *self.flags]) for source in self.sources]
        # The plain compiler links C++ too; so the library's place on the line is as in a makefile.
        words = ["-nostartfiles", "-Wl,--gc-sections", f"-Wl,-Map={image.with_suffix('.map')}", *self.words]
        library = []
        if self.obmalloc:
            library = [LIBRARY.format(build=build_folder, libc=self.libc)]
            if self.keep:
                words += ["-Wl,-u,malloc", f"-Wl,--require-defined={FOUND_IN[self.libc]}"]
            words += ["-L", str(folder)]
        is_cxx = any(source.endswith(".cpp") for source in self.sources)
        run(TOOLS + ("g++" if is_cxx else "gcc"), *CPU, *SPECS[self.libc], *self.flags, *words, *objects, *library,
            "-T", folder / "firmware.ld", "-o", image)
        return image

    def _compile(self, folder, source, flags):
        target = folder / f"{source.stem}{source.suffix[1:]}.o"
        is_cxx = source.suffix == ".cpp"
        run(TOOLS + ("g++" if is_cxx else "gcc"), *CPU, *SPECS[self.libc], "-Wall", "-Wextra", "-Werror",
            "-ffunction-sections", *flags, *(["-fno-exceptions"] if is_cxx else []), "-c", source, "-o", target)
        return target


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}:\n{done.stdout}{done.stderr}")
    return done.stdout


WRAP_TWO = ("-Wl,--wrap=malloc", "-Wl,--wrap=free")
WRAP_SIX = tuple(f"-Wl,--wrap={name}" for name in ("_malloc_r", "_free_r", "_calloc_r", "_realloc_r", "_memalign_r",
                                                   "_malloc_usable_size_r"))
NO_SBRK = "sysmem.c"  # an image without obmalloc brings its own

# design.md section 5, row by row, then what else there is to find.
# name: (recipe, {kind of finding: parts of its sentence})
BROKEN = {
    "four_only_nano": (Recipe("four_only.c", "own_heap.c", NO_SBRK), {
        "obmalloc is absent": ["obmalloc is not in this image: malloc at ", " is the firmware's"],
        "half override": ["malloc at 0x", "free at 0x", "realloc at 0x", " are the firmware's, but ",
                          "_malloc_r at 0x", "the C library's: two heaps", "_strdup_r calls _malloc_r at 0x"]}),
    "four_only_newlib": (Recipe("four_only.c", "own_heap.c", NO_SBRK, libc="newlib"), {
        "obmalloc is absent": [" is the firmware's"],
        "half override": [" are the firmware's, but ", "_strdup_r calls _malloc_r at 0x"]}),
    "reentrant_two_nano": (Recipe("reentrant_two.c", "own_heap.c", NO_SBRK), {
        "obmalloc is absent": [],
        "half override": ["_malloc_r at 0x", "_free_r at 0x", " are the firmware's, but ", "realloc"],
        "block headers that are not there": [
            "_realloc_r at 0x", "_memalign_r at 0x", "is the C library's and reads and splits block headers, but it "
            "calls _malloc_r at 0x"]}),
    "reentrant_two_picolibc": (Recipe("reentrant_two.c", "own_heap.c", NO_SBRK, libc="picolibc",
                                      words=["-Wl,-u,_malloc_r", "-Wl,-u,_free_r"]), {
        "obmalloc is absent": [" is the C library's"],
        "override that nothing calls": ["_free_r at 0x", "_malloc_r at 0x", "nothing calls them",
                                        "still the C library's"]}),
    "wrap_two_nano": (Recipe("wrap_two.c", "own_heap.c", NO_SBRK, words=WRAP_TWO), {
        "obmalloc is absent": [],
        "half override by --wrap": ["--wrap of malloc, free: __wrap_malloc at 0x", "_strdup_r calls _malloc_r at 0x",
                                    "realloc at 0x", "pass the wrapper by"]}),
    "wrap_two_newlib": (Recipe("wrap_two.c", "own_heap.c", NO_SBRK, words=WRAP_TWO, libc="newlib"), {
        "obmalloc is absent": [],
        "half override by --wrap": ["--wrap of malloc, free: ", "_strdup_r calls _malloc_r at 0x"]}),
    "wrap_two_picolibc": (Recipe("wrap_two.c", "own_heap.c", NO_SBRK, words=WRAP_TWO, libc="picolibc"), {
        "obmalloc is absent": [],
        "half override by --wrap": ["--wrap of malloc, free: ", "realloc at 0x", "calloc at 0x"],
        "block headers that are not there": ["realloc at 0x", "--wrap sends its call to __wrap_malloc at 0x"]}),
    "wrap_six_nano": (Recipe("wrap_six.c", "own_heap.c", NO_SBRK, words=WRAP_SIX), {
        "obmalloc is absent": [],
        "block headers that are not there": ["_memalign_r at 0x", "--wrap sends its call to __wrap__malloc_r at 0x"]}),
    "wrap_six_newlib": (Recipe("wrap_six.c", "own_heap.c", NO_SBRK, words=WRAP_SIX, libc="newlib"), {
        "obmalloc is absent": [],
        "block headers that are not there": ["_memalign_r at 0x", "--wrap sends its call to __wrap__malloc_r at 0x"]}),
    "passed_over_cxx": (Recipe(NO_SBRK, main="firmware.cpp", obmalloc=True, keep=False, flags=()), {
        "obmalloc is absent": ["malloc at 0x", " is the C library's"]}),
    "passed_over_lto_nano": (Recipe(main="builtin_only.c", obmalloc=True, keep=False, flags=["-flto"]), {
        "half override": ["malloc at 0x", " are obmalloc's, but ", "_malloc_r at 0x", "too late, as it does under LTO: "
                          "link with -Wl,-u,malloc", "calls _malloc_r at 0x"]}),
    "passed_over_lto_newlib": (Recipe(main="builtin_only.c", obmalloc=True, keep=False, flags=["-flto"],
                                      libc="newlib"), {
        "half override": [" are obmalloc's, but ", "_calloc_r at 0x", "link with -Wl,-u,malloc",
                          "_Balloc calls _calloc_r at 0x"]}),
    "passed_over_with_boot": (Recipe("calls_boot.c", NO_SBRK, main="firmware.cpp", obmalloc=True, keep=False,
                                     flags=()), {
        "archive passed over": ["parts of obmalloc are in this image, but no allocation function",
                                "-Wl,-u,malloc", "malloc at 0x"]}),
    "foreign_sbrk": (Recipe("sysmem.c", obmalloc=True, words=["-Wl,--allow-multiple-definition"]), {
        "foreign sbrk": ["_sbrk at 0x", "(sysmem.c) is not obmalloc's", "_sbrk_r calls _sbrk at 0x"]}),
    "kernel_heap": (Recipe("kernel_heap.c", obmalloc=True), {
        "second allocator": ["pvPortMalloc at 0x", "vPortFree at 0x", "(kernel_heap.c)", "ucHeap, 4,096 bytes"]}),
    "copied_malloc": (Recipe("copied_malloc.c", obmalloc=True), {
        "second allocator": ["vendorx_malloc at 0x", "(copied_malloc.c)", "vendorx_memory, 2,048 bytes"]}),
    "own_new": (Recipe("own_new.cpp", main="firmware.cpp", obmalloc=True, flags=()), {
        "second allocator": ["operator new at 0x", "operator delete", "(own_new.cpp)", "1,024 bytes"]}),
    "half_beside_obmalloc": (Recipe("four_only.c", "own_heap.c", obmalloc=True,
                                    words=["-Wl,--allow-multiple-definition"]), {
        "second allocator": ["malloc at 0x", "(four_only.c)", "own_blocks, 2,048 bytes"]}),
    "folded_calloc": (Recipe("four_only.c", "folded_calloc.c", "own_heap.c", NO_SBRK,
                             flags=["-DCALLOC_ELSEWHERE"]), {
        "obmalloc is absent": [], "half override": [],
        "calloc calls itself": ["calloc -> calloc (called at 0x", "-fno-builtin"]}),
    "past_obmalloc": (Recipe("past_obmalloc.c", obmalloc=True), {
        "bypass": ["sneak calls libc_malloc at 0x", "a pointer to libc_free at 0x"]}),
    "stack_in_heap": (Recipe(obmalloc=True, heap="__heap_end = _estack; INCLUDE obmalloc.ld"), {
        "stack meets the heap": ["the stack starts at 0x20010000", "heap and arena and stack overwrite"]}),
    "stack_reserve_overlaps": (Recipe(NO_SBRK, heap=THEIRS + " _Min_Stack_Size = 0x2000;"), {
        "obmalloc is absent": [],
        "stack meets the heap": ["0x2000e000..0x20010000 (_Min_Stack_Size)", "by 4,096 bytes"]}),
    "stack_too_small": (Recipe(obmalloc=True,
                               heap="__heap_end = _estack - 64; INCLUDE obmalloc.ld"), {
        "stack reserve too small": ["has 64 bytes, and a call of malloc"]}),
    "variables_overlap": (Recipe(NO_SBRK, heap=THEIRS.replace("__heap_start = .", "__heap_start = _sbss")), {
        "obmalloc is absent": [], "variables overlap": ["section .bss (bss)", "lies in the dynamic region"]}),
    "arena_outside": (Recipe(obmalloc=True, linker_edit=(
        "__obmalloc_arena_end = __heap_end & ~7;", "__obmalloc_arena_end = __heap_end + 8;")), {
        "arena outside of the region": ["0x2000f008, is not within the dynamic region"]}),
    "arena_misaligned": (Recipe(obmalloc=True, linker_edit=(
        "__heap_end - __obmalloc_arena_bytes, 8);", "__heap_end - __obmalloc_arena_bytes, 8) + 4;")), {
        "arena misaligned": ["the arena's start, 0x2", "(__obmalloc_arena_start), is no multiple of 8"]}),
    "arena_too_small": (Recipe(obmalloc=True, words=["-Wl,--defsym=__obmalloc_arena_size=512"], linker_edit=(
        "__obmalloc_arena_start + 1024,", "__obmalloc_arena_start + 8,")), {
        "arena too small": ["the arena has 512 bytes; obmalloc opens none below 1,024"]}),
    "second_word": (Recipe("second_word.c", obmalloc=True), {
        "several config words": ["the image has config words at 0x", " and 0x", "which one counts is unknown"]}),
    "word_in_ram": (Recipe(obmalloc=True, script_edit=("*(.data .data.*)", "*(.data .data.*) *(.obmalloc_config)")), {
        "config word in RAM": ["the config word at 0x2", "is in section .data, which is writable"]}),
    "word_of_7": (Recipe(obmalloc=True, words=["-Wl,--defsym=__use_main_obmalloc=7"]), {
        "config word damaged": ["is damaged: its flag is 0x7, neither 0 nor 1; it counts as 0"]}),
    "region_beyond_ram": (Recipe(obmalloc=True, heap="__heap_end = _estack + 4K; INCLUDE obmalloc.ld"), {
        "stack meets the heap": [],
        "region beyond the RAM": ["the dynamic region ends at 0x20011000 (__heap_end), ram at 0x20010000"]}),
}
# These want the map to be seen.
WITH_MAP = ("region_beyond_ram",)

CLEAN = {
    "clean_nano": Recipe(obmalloc=True),
    "clean_newlib": Recipe(obmalloc=True, libc="newlib"),
    "clean_wrappers": Recipe("wrappers.c", obmalloc=True),
    "clean_cxx": Recipe(main="firmware.cpp", obmalloc=True, flags=()),
    "clean_lto": Recipe(obmalloc=True, flags=["-flto"]),
}
STOCK = {f"stock_{libc}": Recipe(NO_SBRK, libc=libc) for libc in SPECS}
