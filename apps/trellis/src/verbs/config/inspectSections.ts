import {
  environmentName,
  type InspectedSettings,
  inspectSettings,
  nearest,
  type SettingsDefinition,
  type SettingsSources,
} from "@trellis/platform/config";
import { trellisErrors } from "../../errors.ts";

export interface Section extends InspectedSettings {
  readonly name: string;
}

/** @param file file that replaces trellis.yaml */
export async function inspectSections(
  definitions: readonly SettingsDefinition[],
  name: string,
  sources: Pick<SettingsSources, "environment" | "defaultFile" | "others">,
  file?: string,
): Promise<readonly Section[]> {
  const asked = definitions.filter(({ section }) => name === "" || section === name);
  if (asked.length === 0) {
    const didYouMean = nearest(
      name,
      definitions.map(({ section }) => section),
    );
    throw trellisErrors.USAGE_INVALID({ kind: "section", got: name.slice(0, 80), didYouMean });
  }
  const argv = file === undefined ? [] : ["--config", file];
  const sections = definitions.map(({ section }) => section);
  const others = async () => ({
    sections,
    variables: [
      ...((await sources.others?.())?.variables ?? []),
      ...definitions.flatMap(({ settings }) => Object.keys(settings).map(environmentName)),
    ],
  });
  const inspect = async (definition: SettingsDefinition): Promise<Section> => ({
    name: definition.section,
    ...(await inspectSettings(definition, { ...sources, argv, others })),
  });
  return Promise.all(asked.map(inspect));
}
