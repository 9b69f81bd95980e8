// SPDX-License-Identifier: MIT
/* Proved: the pools' and the bins' lists, and what is written into chunks. */
#include "words.h"

#include "chunk.h"
#include "pools.h"
#include "space.h"
#include "space_give.h"
