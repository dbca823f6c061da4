import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { consoleErrors } from "../errors.ts";
import { Failure } from "./states.tsx";

it("CONSOLE_FAILED: says why and what to do, and shows script as text", () => {
  const error = consoleErrors.CONSOLE_FAILED({ part: "page", reason: "<script>alert(1)</script>" });
  const shown = renderToStaticMarkup(<Failure error={error} />);
  expect(shown).toContain("&lt;script&gt;");
  expect(shown).toContain("reload the page");
});
