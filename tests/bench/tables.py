# SPDX-License-Identifier: MIT
"""The bench's tables: what calls cost, what RAM is needed, and each trace by itself.

Means and medians are taken trace by trace; a table shows their geometric means over the traces, so
that a long trace counts no more than a short one. A worst figure is the worst of all traces.
"""

from figures import ALL, geomean

SMALL_HEAP_BYTES, LARGE_HEAP_BYTES = 22 * 1024, 90 * 1024
HEAPS = (("< 22 KiB", 0, SMALL_HEAP_BYTES), ("22..90 KiB", SMALL_HEAP_BYTES, LARGE_HEAP_BYTES),
         ("> 90 KiB", LARGE_HEAP_BYTES, 1 << 32))
NONE = "-"


def text(value, digits=0):
    return NONE if value is None else f"{value:,.{digits}f}"


def print_columns(lines):
    """Prints rows of cells; the first column to the left, the others to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = [f"{line[0]:<{widths[0]}}"]
        cells += [f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def costs_of(results, group):
    return [result.costs[group] for result in results if group in result.costs]


def mean(costs):
    return text(geomean(cost.mean for cost in costs), 1)


def median(costs):
    return text(geomean(cost.median for cost in costs))


def worst(costs):
    return text(max((cost.worst for cost in costs), default=None))


def spread(results, group):
    costs = costs_of(results, group)
    return " / ".join((mean(costs), median(costs), worst(costs))) if costs else NONE


def ram(results):
    return text(geomean(result.ram_over_peak for result in results), 3)


def speed_line(subject, results):
    return [subject.title, *(spread(results, group) for group in
                             ("malloc_small", "free_small", "malloc_large", "free_large")),
            mean(costs_of(results, ALL))]


def kinds_line(subject, results):
    return [subject.title,
            *(spread(results, group) for group in ("calloc", "realloc", "aligned"))]


def ram_line(subject, results):
    parts = [[result for result in results if low <= result.peak_live_bytes < high]
             for _, low, high in HEAPS]
    highest = max(results, key=lambda result: result.ram_over_peak)
    return [subject.title, ram(results), *(ram(part) for part in parts),
            f"{highest.ram_over_peak:.3f} {highest.trace}", text(highest.static_bytes),
            text(highest.code_bytes)]


def print_summary(columns):
    """columns: [(subject, its results)], none of them empty."""
    print("Instructions per call, from the call to the return: mean / median / worst (means and "
          "medians: geometric means over the traces)")
    print_columns([["", "malloc <= 512", "free <= 512", "malloc > 512", "free > 512", "all calls"],
                   *(speed_line(*column) for column in columns)])
    print()
    print_columns([["", "calloc", "realloc", "memalign"],
                   *(kinds_line(*column) for column in columns)])
    print("\nSmallest region in which every request succeeds, with the allocator's static RAM, "
          "over the peak of live bytes")
    print_columns([["", "all", *(label for label, _, _ in HEAPS), "worst trace", "static RAM",
                    "code"], *(ram_line(*column) for column in columns)])


def print_traces(columns):
    """One line a trace: peak, instructions per call and RAM of each allocator."""
    titles = [subject.title for subject, _ in columns]
    rows = sorted(zip(*(results for _, results in columns)),
                  key=lambda row: (row[0].peak_live_bytes, row[0].trace))
    print("\nInstructions per call, all kinds")
    print_columns([["trace", "calls", *titles],
                   *([row[0].trace, text(row[0].costs[ALL].calls),
                      *(text(result.costs[ALL].mean, 1) for result in row)] for row in rows)])
    print("\nRAM over peak")
    print_columns([["trace", "peak", *titles],
                   *([row[0].trace, text(row[0].peak_live_bytes),
                      *(text(result.ram_over_peak, 3) for result in row)] for row in rows)])
