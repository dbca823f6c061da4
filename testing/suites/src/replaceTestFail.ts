/**
 * Forge 1.0 dropped `testFail…`: a test that has to revert.
 * @returns the source with a test that calls the former one, and passes if that reverts
 */
export function replaceTestFail(source: string): string {
  return source.replace(/function testFail(\w*)\(([^)]*)\)/g, (_, name: string, parameters: string) => {
    const words = parameters.split(",").map((parameter) => parameter.trim().split(/\s+/));
    const call = `this.mustRevert${name}(${words.map((word) => word.at(-1)).join(", ")})`;
    const test = `function testReverts${name}(${parameters}) public { try ${call} { revert("no revert"); } catch {} }`;
    return `${test}\n\n    function mustRevert${name}(${parameters})`;
  });
}
