// Renders a chart as `helm template` does, for machines without Helm: the same template language and functions,
// values, files and release. Hooks, subcharts, lookup and post-renderers are not part of it.
//
// Usage: main CHART RELEASE NAMESPACE [VALUES…]
package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type files map[string][]byte

func (f files) Get(name string) string { return string(f[name]) }

func (f files) Glob(pattern string) files {
	found := files{}
	for name, content := range f {
		if matches, _ := path.Match(pattern, name); matches {
			found[name] = content
		}
	}
	return found
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(name string) []byte {
	content, err := os.ReadFile(name)
	must(err)
	return content
}

func parse(content []byte) map[string]interface{} {
	value := map[string]interface{}{}
	must(yaml.Unmarshal(content, &value))
	return value
}

// Maps merge; other values and lists replace, and null removes.
func override(base, with map[string]interface{}) {
	for key, value := range with {
		inner, isMap := value.(map[string]interface{})
		old, wasMap := base[key].(map[string]interface{})
		switch {
		case value == nil:
			delete(base, key)
		case isMap && wasMap:
			override(old, inner)
		default:
			base[key] = value
		}
	}
}

func toYaml(value interface{}) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

func functions(all *template.Template) template.FuncMap {
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	funcs["toYaml"] = toYaml
	funcs["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	funcs["tpl"] = func(text string, data interface{}) (string, error) {
		copied, err := all.Clone()
		if err != nil {
			return "", err
		}
		copied.Funcs(functions(copied))
		parsed, err := copied.New("tpl").Parse(text)
		if err != nil {
			return "", err
		}
		var out strings.Builder
		err = parsed.Execute(&out, data)
		return strings.ReplaceAll(out.String(), "<no value>", ""), err
	}
	funcs["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, fmt.Errorf(message)
		}
		return value, nil
	}
	funcs["fail"] = func(message string) (string, error) { return "", fmt.Errorf(message) }
	return funcs
}

// Helm follows links in a chart's folder, and refuses broken ones.
func load(chart, below string, found files) {
	entries, err := os.ReadDir(filepath.Join(chart, below))
	must(err)
	for _, entry := range entries {
		name := path.Join(below, entry.Name())
		info, err := os.Stat(filepath.Join(chart, name))
		must(err)
		if info.IsDir() {
			load(chart, name, found)
		} else {
			found[name] = read(filepath.Join(chart, name))
		}
	}
}

func main() {
	chart, release, namespace := os.Args[1], os.Args[2], os.Args[3]
	all := files{}
	load(chart, "", all)
	values := parse(all["values.yaml"])
	for _, name := range os.Args[4:] {
		override(values, parse(read(name)))
	}
	about := parse(all["Chart.yaml"])
	meta := map[string]interface{}{}
	for key, value := range about {
		meta[strings.ToUpper(key[:1])+key[1:]] = value
	}
	plain, templates := files{}, []string{}
	root := template.New("gotpl").Option("missingkey=zero")
	root.Funcs(functions(root))
	for name, content := range all {
		switch {
		case strings.HasPrefix(name, "templates/"):
			templates = append(templates, name)
		case name != "values.yaml" && name != "Chart.yaml" && name != "values.schema.json":
			plain[name] = content
		}
	}
	sort.Strings(templates)
	for _, name := range templates {
		_, err := root.New(name).Parse(string(all[name]))
		must(err)
	}
	for _, name := range templates {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		var out bytes.Buffer
		must(root.ExecuteTemplate(&out, name, map[string]interface{}{
			"Values":   values,
			"Chart":    meta,
			"Files":    plain,
			"Release":  map[string]interface{}{"Name": release, "Namespace": namespace, "Service": "Helm", "IsInstall": true, "Revision": 1},
			"Template": map[string]interface{}{"Name": name, "BasePath": "templates"},
		}))
		text := strings.TrimSpace(strings.ReplaceAll(out.String(), "<no value>", ""))
		if text != "" && path.Base(name) != "NOTES.txt" {
			fmt.Printf("---\n# Source: %v/%s\n%s\n", meta["Name"], name, text)
		}
	}
}
