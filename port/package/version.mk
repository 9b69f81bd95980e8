# SPDX-License-Identifier: MIT
# The version that the packages carry, in the form of semver.org.
obmalloc_version := 0.4.0
