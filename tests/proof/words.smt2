; SPDX-License-Identifier: MIT
; The axioms of words.h in bit vectors: each is negated and must be unsatisfiable. A line `; axiom NAME` begins one.
(set-logic QF_BV)
(declare-const x (_ BitVec 32))
(declare-const n (_ BitVec 32))
(declare-const wide (_ BitVec 36)) ; signed
(define-fun low_word ((w (_ BitVec 36))) (_ BitVec 36) ((_ zero_extend 4) ((_ extract 31 0) w)))
; A table, as in words.h; without it the lines below would say nothing.
(define-fun power_of_2 ((k (_ BitVec 32))) (_ BitVec 32)
  (ite (= k #x00000000) #x00000001 (ite (= k #x00000001) #x00000002 (ite (= k #x00000002) #x00000004
  (ite (= k #x00000003) #x00000008 (ite (= k #x00000004) #x00000010 (ite (= k #x00000005) #x00000020
  (ite (= k #x00000006) #x00000040 (ite (= k #x00000007) #x00000080 (ite (= k #x00000008) #x00000100
  (ite (= k #x00000009) #x00000200 (ite (= k #x0000000a) #x00000400 (ite (= k #x0000000b) #x00000800
  (ite (= k #x0000000c) #x00001000 (ite (= k #x0000000d) #x00002000 (ite (= k #x0000000e) #x00004000
  (ite (= k #x0000000f) #x00008000 (ite (= k #x00000010) #x00010000 (ite (= k #x00000011) #x00020000
  (ite (= k #x00000012) #x00040000 (ite (= k #x00000013) #x00080000 (ite (= k #x00000014) #x00100000
  (ite (= k #x00000015) #x00200000 (ite (= k #x00000016) #x00400000 (ite (= k #x00000017) #x00800000
  (ite (= k #x00000018) #x01000000 (ite (= k #x00000019) #x02000000 (ite (= k #x0000001a) #x04000000
  (ite (= k #x0000001b) #x08000000 (ite (= k #x0000001c) #x10000000 (ite (= k #x0000001d) #x20000000
  (ite (= k #x0000001e) #x40000000 #x80000000))))))))))))))))))))))))))))))))

; axiom low_five
(push 1)
(assert (not (= (bvand x #x0000001f) (bvurem x #x00000020))))
(check-sat)
(pop 1)
; axiom whole_granules
(push 1)
(assert (not (= (bvand x #xfffffff8) (bvsub x (bvurem x #x00000008)))))
(check-sat)
(pop 1)
; axiom is_odd
(push 1)
(assert (not (= (bvand x #x00000001) (bvurem x #x00000002))))
(check-sat)
(pop 1)
; axiom made_even
(push 1)
(assert (not (= (bvand x #xfffffffe) (bvsub x (bvurem x #x00000002)))))
(check-sat)
(pop 1)
; axiom made_odd
(push 1)
(assert (not (= (bvor x #x00000001) (bvsub (bvadd x #x00000001) (bvurem x #x00000002)))))
(check-sat)
(pop 1)
; axiom complement
(push 1)
(assert (not (= (bvnot x) (bvsub #xffffffff x))))
(check-sat)
(pop 1)
; axiom second_highest
(push 1)
(assert (and (bvule n #x0000001f)
             (not (= (distinct (bvand #x40000000 (bvshl #x00000001 n)) #x00000000) (= n #x0000001e)))))
(check-sat)
(pop 1)
; axiom all_but_highest
(push 1)
(assert (and (bvule n #x0000003e)
             (not (= (distinct (bvand #x7fffffff (bvshl #x00000001 n)) #x00000000) (bvule n #x0000001e)))))
(check-sat)
(pop 1)
; axiom rotated
(push 1)
(assert (not (= (bvor (bvlshr x #x00000003) (bvshl x #x0000001d))
                (bvadd (bvudiv x #x00000008) (bvmul #x20000000 (bvurem x #x00000008))))))
(check-sat)
(pop 1)
; axiom top_two_bits
(push 1)
(assert (and (bvule n #x0000001e) (bvule (power_of_2 (bvsub #x0000001f n)) x)
             (bvule x (bvsub (bvmul #x00000002 (power_of_2 (bvsub #x0000001f n))) #x00000001))
             (not (and (bvule #x80000000 (bvshl x n))
                       (= (bvult (bvshl x n) #xc0000000)
                          (bvult x (bvmul #x00000003 (power_of_2 (bvsub #x0000001e n)))))))))
(check-sat)
(pop 1)
; axiom shifted_right
(push 1)
(assert (and (bvule n #x0000001f) (not (= (bvlshr x n) (bvudiv x (power_of_2 n))))))
(check-sat)
(pop 1)
; axiom highest_bit_right
(push 1)
(assert (and (bvule n #x0000001f) (not (= (bvlshr #x80000000 n) (power_of_2 (bvsub #x0000001f n))))))
(check-sat)
(pop 1)
; axiom wraps_below
(push 1)
(assert (and (bvsle (bvneg #x100000000) wide) (bvslt wide #x000000000)
             (not (= (low_word wide) (bvadd wide #x100000000)))))
(check-sat)
(pop 1)
; axiom wraps_above
(push 1)
(assert (and (bvsle #x100000000 wide) (bvslt wide #x200000000)
             (not (= (low_word wide) (bvsub wide #x100000000)))))
(check-sat)
(pop 1)
