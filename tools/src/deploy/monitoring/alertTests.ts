import type { Alert } from "./Alert.ts";
import { ALERTS } from "./rules.ts";

/** Test file of `promtool test rules`: each alert fires once and is silent once, for an instance of its name. */
export function alertTests(rulesFile: string): object {
  return {
    rule_files: [rulesFile],
    evaluation_interval: "1m",
    tests: [test("fires", [{ labels: "{}", value: 1 }]), test("silent", [])],
  };
}

function test(samples: "fires" | "silent", expected: readonly object[]): object {
  const alerts = Object.values(ALERTS).flat();
  return {
    name: samples,
    interval: "1m",
    input_series: alerts.flatMap((alert) => seriesOf(alert, samples)),
    promql_expr_test: alerts.map(({ name }) => ({
      expr: `count(ALERTS{alertname="${name}", alertstate="firing", instance="${name}"})`,
      eval_time: "2h",
      exp_samples: expected,
    })),
  };
}

function seriesOf(alert: Alert, samples: "fires" | "silent"): object[] {
  return Object.entries(alert[samples]).map(([name, values]) => {
    const [, metric, own = ""] = /^([a-z_0-9]+)(?:\{(.*)\})?$/.exec(name)!;
    const job = own.includes("job=") ? [] : ['job="trellis-test"'];
    const labels = [...(own === "" ? [] : [own]), ...job, `instance="${alert.name}"`];
    return { series: `${metric}{${labels.join(",")}}`, values };
  });
}
