// SPDX-License-Identifier: MIT
/* What the compiler calls for a division of 64 bits: its own library need not be there for 32 bits. */
#include <stdint.h>

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor);
int64_t __divdi3(int64_t dividend, int64_t divisor);

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) {
    uint64_t rest = 0, quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
        rest = rest << 1 | (dividend >> bit & 1u);
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= UINT64_C(1) << bit;
        }
    }
    return quotient;
}

int64_t __divdi3(int64_t dividend, int64_t divisor) {
    uint64_t quotient = __udivdi3(dividend < 0 ? -(uint64_t)dividend : (uint64_t)dividend,
                                  divisor < 0 ? -(uint64_t)divisor : (uint64_t)divisor);
    return (int64_t)((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}
