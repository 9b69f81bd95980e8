// SPDX-License-Identifier: MIT
/*
 * JSON for Modern C++ as a firmware: parses the document that the command line names, edits it, and
 * prints it. Whatever goes wrong is an exception that arrives here, the end of memory among them.
 *
 * The edits, in this order: members that are null go; "sum" beside each array of numbers NAME, as
 * "NAME_sum", holds its sum; the array at the pointer /patch, if any, is taken out and applied to the
 * document as a JSON Patch (RFC 6902). Each operation of the patch that cannot be done is told.
 *
 * Exit status: app.h's; a document that cannot be parsed, or held, has APP_FAILED.
 */
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include "apps/app.h"
#include "nlohmann/json.hpp"

using nlohmann::json;

namespace {

/* Reads the input as it is parsed, so that its text is never in memory as a whole. */
class Input {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    explicit Input(bool at_end) : at_end_(at_end) {
        if (!at_end) {
            fill();
        }
    }

    reference operator*() const {
        return buffer[next_];
    }

    Input &operator++() {
        if (++next_ == filled_) {
            fill();
        }
        return *this;
    }

    bool operator==(const Input &other) const {
        return at_end_ == other.at_end_;
    }

    bool operator!=(const Input &other) const {
        return !(*this == other);
    }

  private:
    void fill() {
        next_ = 0;
        filled_ = app_read_input(buffer, sizeof buffer);
        at_end_ = filled_ == 0;
    }

    static char buffer[512];
    size_t next_ = 0;
    size_t filled_ = 0;
    bool at_end_;
};

char Input::buffer[512];

/* Nothing but what stdio needs is allocated: this is for the end of memory too. */
int failed(const char *what, const char *why) {
    (void)std::fflush(stdout);
    (void)std::fprintf(stderr, "json: %s: %s\n", what, why);
    return APP_FAILED;
}

const char *input_name;

/* The library's destructor allocates, a stack of the values to destroy: a bad_alloc there is past
 * catching. Without an exception, there was no memory for one. Another exception here would be a
 * defect. */
[[noreturn]] void terminated() {
    if (app_stopped) {
        app_stopped();
    }
    try {
        if (std::current_exception()) {
            throw;
        }
        std::exit(failed(input_name, "not enough memory"));
    } catch (const std::bad_alloc &) {
        std::exit(failed(input_name, "not enough memory"));
    } catch (...) {
    }
    std::abort();
}

bool all_numbers(const json &value) {
    for (const json &element : value) {
        if (!element.is_number()) {
            return false;
        }
    }
    return value.is_array() && !value.empty();
}

void drop_nulls_and_add_sums(json &value) {
    if (value.is_array()) {
        for (json &element : value) {
            drop_nulls_and_add_sums(element);
        }
    }
    if (!value.is_object()) {
        return;
    }
    std::vector<std::pair<std::string, json>> sums;
    for (auto member = value.begin(); member != value.end();) {
        if (member->is_null()) {
            member = value.erase(member);
            continue;
        }
        drop_nulls_and_add_sums(*member);
        if (all_numbers(*member)) {
            double sum = 0;
            for (const json &element : *member) {
                sum += element.get<double>();
            }
            sums.emplace_back(member.key() + "_sum", sum);
        }
        ++member;
    }
    for (auto &sum : sums) {
        value[std::move(sum.first)] = std::move(sum.second);
    }
}

/* Operations one by one: one that cannot be done leaves the document as it is, and the next follows. */
void apply_patch(json &document) {
    if (!document.is_object() || !document.contains("patch")) {
        return;
    }
    const json patch = std::move(document["patch"]);
    document.erase("patch");
    if (!patch.is_array()) {
        std::printf("patch: is no array, but %s\n", patch.type_name());
        return;
    }
    for (const json &operation : patch) {
        try {
            document = document.patch(json::array({operation}));
        } catch (const json::exception &error) {
            std::printf("patch: %s\n", error.what());
        }
    }
}

void print(const json &document) {
    std::printf("%s\n", document.dump(2).c_str());
    const json flat = document.is_structured() ? document.flatten() : document;
    const std::vector<std::uint8_t> binary = json::to_cbor(document);
    const bool same =
        json::from_cbor(binary) == document && json::parse(document.dump()) == document;
    std::printf("%u values, %u bytes as CBOR, read back %s\n",
                static_cast<unsigned>(document.is_structured() ? flat.size() : 1),
                static_cast<unsigned>(binary.size()), same ? "the same" : "DIFFERENT");
}

} // namespace

int main() {
    app_start();
    input_name = app_open_input();
    if (input_name == nullptr) {
        return APP_NOT_STARTED;
    }
    (void)std::set_terminate(terminated);
    try {
        json document = json::parse(Input(false), Input(true));
        drop_nulls_and_add_sums(document);
        apply_patch(document);
        print(document);
        return APP_DONE;
    } catch (const std::bad_alloc &) {
        return failed(input_name, "not enough memory");
    } catch (const std::exception &error) {
        return failed(input_name, error.what());
    }
}
