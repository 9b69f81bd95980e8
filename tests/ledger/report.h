// SPDX-License-Identifier: MIT
/* What the programs of this folder print: boot report and ledger, as anybody would, and what only their
 * test wants, in lines that begin with "check". */
#ifndef TESTS_LEDGER_REPORT_H
#define TESTS_LEDGER_REPORT_H

#ifdef __cplusplus
extern "C" {
#endif

/* From main's first statement. Allocates, which the ledger must not see. */
void report_ledger(void);

#ifdef __cplusplus
}
#endif

#endif
