import { type DefaultTheme, type SiteData, withBase } from "vitepress";
import type { Ref } from "vue";

/** Fetches the list, because a build cannot contain later versions. */
export async function refreshVersions(siteData: Ref<SiteData<DefaultTheme.Config>>): Promise<void> {
  const response = await fetch(withBase("/../versions.json")).catch(() => undefined);
  if (response?.ok !== true) return;
  const { current, versions } = (await response.json()) as {
    readonly current: string;
    readonly versions: readonly string[];
  };
  const items = versions.map((name) => ({
    text: name === current ? `${name} (current)` : name,
    link: `/../${name}/`,
    target: "_self",
  }));
  const site = siteData.value;
  const nav = (site.themeConfig.nav ?? []).map((item) => ("items" in item ? { ...item, items } : item));
  siteData.value = { ...site, themeConfig: { ...site.themeConfig, nav } };
}
