import fc from "fast-check";
import { AndFilter, EqualityFilter, FilterParser } from "ldapts";
import { describe, expect, it } from "vitest";
import { escapeFilterValue, filledFilter } from "./filters.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary", minLength: 1 }),
  fc.string({
    unit: fc.constantFrom("*", "(", ")", "\\", "\0", "=", "&", "|", "!", "{", "}", "2", "a"),
    minLength: 1,
  }),
);

describe("names in filters (RFC 4515) [GUARD-13]", () => {
  it("a value stands for itself and changes no filter", () => {
    fc.assert(
      fc.property(anyText, (user) => {
        const filter = FilterParser.parseString(
          filledFilter("(&(objectClass=person)(uid={user}))", { user }),
        );
        expect(filter).toBeInstanceOf(AndFilter);
        const parts = (filter as AndFilter).filters;
        expect(parts).toHaveLength(2);
        expect(parts[1]).toBeInstanceOf(EqualityFilter);
        expect(String((parts[1] as EqualityFilter).value)).toBe(user);
      }),
    );
  });

  it("replaces each place once; a value is no template", () => {
    const values = { dn: "cn={user}", user: "{dn}" };
    expect(filledFilter("(|(member={dn})(memberUid={user})(a={other}))", values)).toBe(
      "(|(member=cn={user})(memberUid={dn})(a={other}))",
    );
    expect(filledFilter("(a={toString})", {})).toBe("(a={toString})");
    expect(escapeFilterValue("*()\\\0 é")).toBe("\\2a\\28\\29\\5c\\00 é");
  });
});
