// SPDX-License-Identifier: MIT
/* Its presence says that the C library has no struct _reent, which holds for this computer's too. */
