import { inBrowser, type Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";
import { Mermaid } from "./Mermaid.ts";
import { refreshVersions } from "./refreshVersions.ts";

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app, siteData }) {
    app.component("Mermaid", Mermaid);
    if (inBrowser) void refreshVersions(siteData);
  },
};
export default theme;
