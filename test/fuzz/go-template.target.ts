import {
  applyTemplate,
  isTemplateFault,
  parseTemplate,
  unescapeFormat,
} from '../../src/formats/go-template/go-template.ts';
import type { FuzzTarget } from './target.ts';

const data = {
  ID: 'sha256:4f5e',
  Tags: ['a:1', 'b'],
  Config: { Labels: new Map([['k', 'v']]), Env: ['A=b'], Nothing: undefined },
  Size: 12,
};

const seeds = [
  '{{.ID}}\t{{join .Tags ", "}}{{/* c */}}{{- range $i, $t := .Tags -}}{{if $i}}, {{end}}{{$t}}{{end}}',
  '{{with .Config}}{{index .Labels "k"}}{{range $k, $v := .Labels}}{{$k}}={{$v}}{{end}}{{else}}x{{end}}',
  '{{if and .Size (gt .Size 10) (not .Config.Nothing)}}{{printf "%05d|%-8s|%q" .Size .ID `r`}}{{else if .Tags}}a{{end}}',
  '{{$x := json .}}{{$x = len $x}}{{slice .ID 0 6 | upper | printf "%s"}}{{(index .Tags 0) | title}}{{pad .ID 3 4}}',
  '{{range .Tags}}{{if eq . "b"}}{{break}}{{end}}{{\'x\'}}{{0x1F}}{{-1.5e3}}{{"\\u00e9\\n"}}{{continue}}{{end}}',
];

export const target: FuzzTarget = {
  name: 'go-template',
  seeds: () => seeds.map((seed) => Buffer.from(seed)),
  run(bytes) {
    const template = parseTemplate(unescapeFormat(Buffer.from(bytes).toString('utf8')));
    if (!isTemplateFault(template)) applyTemplate(template, data);
  },
};
