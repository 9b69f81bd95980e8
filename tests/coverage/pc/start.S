/* SPDX-License-Identifier: MIT */
/* Where Linux starts the program, and the two functions that no C can be written for. */
    .text
    .global pc_start, setjmp, longjmp

/* The stack moves into the RAM that the linker script lays out, as a board has it. */
pc_start:
    movl    %esp, %eax
    movl    $__stack_top, %esp
    xorl    %ebp, %ebp
    subl    $12, %esp
    pushl   %eax
    call    pc_reset

setjmp:
    movl    4(%esp), %eax
    movl    %ebx, (%eax)
    movl    %esi, 4(%eax)
    movl    %edi, 8(%eax)
    movl    %ebp, 12(%eax)
    leal    4(%esp), %ecx           // as it is behind the return
    movl    %ecx, 16(%eax)
    movl    (%esp), %ecx
    movl    %ecx, 20(%eax)
    xorl    %eax, %eax
    ret

longjmp:
    movl    4(%esp), %edx
    movl    8(%esp), %eax
    testl   %eax, %eax
    jne     1f
    incl    %eax
1:  movl    (%edx), %ebx
    movl    4(%edx), %esi
    movl    8(%edx), %edi
    movl    12(%edx), %ebp
    movl    16(%edx), %esp
    jmp     *20(%edx)

    .section .note.GNU-stack, "", @progbits
