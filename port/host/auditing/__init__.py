# SPDX-License-Identifier: MIT
"""What `make audit` looks for in a finished firmware."""
