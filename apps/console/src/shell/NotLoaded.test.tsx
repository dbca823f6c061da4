import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { consoleErrors } from "../errors.ts";
import { NotLoaded } from "./NotLoaded.tsx";

it("CONSOLE_PAGE_NOT_LOADED: says what to look at, and can be tried again", () => {
  const shown = renderToStaticMarkup(<NotLoaded error={consoleErrors.CONSOLE_PAGE_NOT_LOADED()} />);
  expect(shown).toContain("page not loaded");
  expect(shown).toContain("check that the console&#x27;s server is running");
  expect(shown).toContain("Try again");
});
