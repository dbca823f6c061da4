import { expect, it } from "vitest";
import { csvText } from "./download.ts";

it("a CSV field that a spreadsheet would run stays a text; numbers stay numbers", () => {
  const row = ["=1+1", "@a", "+x", "-x", "-12", 'a"b', "a,b", "a\nb", undefined, 7n];
  expect(csvText([row])).toBe(`'=1+1,'@a,'+x,'-x,-12,"a""b","a,b","a\nb",,7\r\n`);
});
