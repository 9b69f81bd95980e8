// SPDX-License-Identifier: MIT
// Names no function of malloc's family: only `new` does, in the C++ library.
int *volatile sink;

int main() {
    sink = new int[10];
    delete[] sink;
    return sink == nullptr;
}
