# SPDX-License-Identifier: MIT
"""Prints issue 3's table: each allocator's means over the traces, and each trace by itself."""

from figures import ALL, geomean

HEAPS = (("peak < 22 KiB", 0, 22 * 1024), ("22..90 KiB", 22 * 1024, 90 * 1024),
         ("> 90 KiB", 90 * 1024, 1 << 32))


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def with_group(results, group):
    return [result.costs[group] for result in results if group in result.costs]


def distribution(results, group):
    """mean / p50 / worst: the first two are geometric means over the traces."""
    parts = with_group(results, group)
    if not parts:
        return "-"
    return (f"{geomean(cost.mean for cost in parts):.1f} / "
            f"{geomean(cost.median for cost in parts):.0f} / {max(cost.worst for cost in parts)}")


def worst(results, group):
    parts = with_group(results, group)
    return str(max(cost.worst for cost in parts)) if parts else "-"


def ram(results):
    return number(geomean(result.ram_over_peak for result in results), 3)


def in_heap(results, low, high):
    return [result for result in results if low <= result.peak_live_bytes < high]


def summary_rows(results):
    """(label, text) for one allocator's results."""
    rows = [
        ("malloc <= 512: mean / p50 / worst", distribution(results, "malloc_small")),
        ("free <= 512: mean / p50 / worst", distribution(results, "free_small")),
        ("malloc > 512: mean / p50 / worst", distribution(results, "malloc_large")),
        ("free > 512: mean / p50 / worst", distribution(results, "free_large")),
        ("calloc, realloc, memalign: worst",
         " / ".join(worst(results, group) for group in ("calloc", "realloc", "aligned"))),
        ("instructions per operation",
         number(geomean(result.costs[ALL].mean for result in results), 1)),
        ("RAM over peak", ram(results)),
    ]
    rows += [(f"  {label}", ram(in_heap(results, low, high))) for label, low, high in HEAPS]
    high = max(results, key=lambda result: result.ram_over_peak)
    rows += [("  worst trace", f"{high.ram_over_peak:.3f} {high.trace}"),
             ("static RAM, bytes", str(high.static_bytes))]
    return rows


def print_summary(subjects, results):
    columns = [(one, [result for result in results if result.subject == one.name])
               for one in subjects]
    columns = [(one, summary_rows(part)) for one, part in columns if part]
    if not columns:
        return
    labels = [label for label, _ in columns[0][1]]
    print(f"{'':36}" + "".join(f"{one.title:>22}" for one, _ in columns))
    for index, label in enumerate(labels):
        print(f"{label:36}" + "".join(f"{rows[index][1]:>22}" for _, rows in columns))
