"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);

  const draw = (key, spec) => {
    const place = document.getElementById(`chart-${key}`);
    // On a narrow place the names beside bars are cut sooner.
    const axis = place.clientWidth < 400 ? { ...data.config.axis, labelLimit: 110 } : data.config.axis;
    const config = { ...data.config, axis };
    return vegaEmbed(place, { ...spec, config }, {
      renderer: "svg",
      actions: false,
      ast: true, // expressions are interpreted: the policy of the page forbids to compile them
      formatLocale: data.formatLocale,
    }).then(() => place.setAttribute("data-drawn", "yes"))
      .catch((error) => { console.error(key, error); place.setAttribute("data-drawn", "no"); });
  };

  for (const [key, spec] of Object.entries(data.charts)) draw(key, spec);

  const select = document.getElementById("indicator");
  if (select) {
    select.closest(".choose").hidden = false;
    const show = () => {
      const chosen = data.evolution.series[Number(select.value)];
      const spec = structuredClone(data.charts.evolution);
      spec.data.values = data.evolution.months.map((month, place) => ({
        month, series: chosen.name, value: chosen.values[place], label: chosen.labels[place],
      }));
      spec.encoding.y.axis.format = chosen.form;
      for (const channel of ["color", "strokeDash"]) spec.encoding[channel].scale.domain = [chosen.name];
      document.getElementById("sentence-evolution").textContent = chosen.sentence;
      draw("evolution", spec);
    };
    select.addEventListener("change", show);
    if (select.value !== "0") show(); // a browser may remember the choice
  }

  // On paper everything is open.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  window.addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
})();
