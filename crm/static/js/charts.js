// charts.js: draws every [data-chart] with ECharts.
// The page carries the figures in <script type="application/json" id="…"> (data, never code) and the same
// figures as a table under the chart; colours come from the tokens in crm.css, so light and dark need no second set.
(() => {
  "use strict";
  const css = getComputedStyle(document.documentElement);
  const token = (name) => css.getPropertyValue(`--crm-${name}`).trim();
  const source = (el) => JSON.parse(document.getElementById(el.dataset.source).textContent);
  const font = token("font");
  const text = (size = 12, color = "chart-axis") => ({ color: token(color), fontSize: size, fontFamily: font });
  const number = (value, places) => places ? value.toFixed(places) : value.toLocaleString("zh-CN");

  const tooltip = (data) => ({
    backgroundColor: token("surface"), borderColor: token("line-strong"), textStyle: text(13, "ink"), confine: true,
    formatter: (points) => [].concat(points).reduce(
      (html, p) => `${html}<br>${p.marker}${p.seriesName} <b>${number(p.value, data.series[p.seriesIndex].places)}</b> ${data.series[p.seriesIndex].unit}`,
      [].concat(points)[0].name),
  });

  // columns for this year, thin columns for last year, a dashed line for the monthly mean the target asks for
  const trend = (data) => ({
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, ...tooltip(data) },
    legend: { right: 0, top: 0, itemWidth: 12, itemHeight: 8, icon: "rect", textStyle: text(12, "ink-2") },
    grid: { left: 8, right: 8, top: 34, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: data.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: token("line-strong") } }, axisLabel: text() },
    yAxis: { type: "value", name: data.series[0].unit, nameTextStyle: { ...text(), align: data.series[0].unit.length > 3 ? "left" : "right" }, axisLabel: text(), splitLine: { lineStyle: { color: token("chart-grid") } } },
    series: data.series.map((s, i) => ({
      name: s.name, type: "bar", data: s.data, barMaxWidth: i ? 10 : 22, barGap: "15%",
      itemStyle: { color: token(i ? "chart-2" : "chart-1"), borderRadius: [2, 2, 0, 0] },
      label: i ? undefined : { show: true, position: "top", distance: 3, padding: [1, 2], backgroundColor: token("surface"), ...text(11, "ink-2"), formatter: (p) => number(p.value, s.places) },
      markLine: i || !data.mark ? undefined : { silent: true, symbol: "none", data: [{ yAxis: data.mark.value }], lineStyle: { color: token("chart-mark"), type: "dashed" },
        label: { position: "insideStartTop", ...text(11, "chart-mark"), formatter: data.mark.name } },
    })),
  });

  // ranked horizontal bars, value at the end, group name before the category
  const hbar = (data) => ({
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, ...tooltip(data) },
    grid: { left: 4, right: 60 + 12 * data.series[1].unit.length, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", show: false },
    yAxis: { type: "category", inverse: true, data: data.categories, axisTick: { show: false }, axisLine: { show: false }, axisLabel: text(12, "ink") },
    series: [{
      name: data.series[0].name, type: "bar", data: data.series[0].data, barWidth: 14, itemStyle: { color: token("chart-1"), borderRadius: [0, 2, 2, 0] },
      label: { show: true, position: "right", ...text(12, "ink-2"), formatter: (p) => `${number(p.value, data.series[0].places)}　${data.series[1].data[p.dataIndex]} ${data.series[1].unit}` },
    }],
  });

  const build = { trend, hbar };
  if (window.echarts) {
    document.querySelectorAll("[data-chart]").forEach((el) => {
      const chart = window.echarts.init(el, null, { renderer: "canvas" });
      chart.setOption({ animation: false, textStyle: { fontFamily: font }, ...build[el.dataset.chart](source(el)) });
      new ResizeObserver(() => chart.resize()).observe(el);
    });
  }
})();
