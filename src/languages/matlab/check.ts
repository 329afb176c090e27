/** The check of an emitted MATLAB file by central differences at random inputs. */
import { dimensionText } from '../shared/dimensions.ts'
import type { PreparedProgram } from '../shared/program.ts'
import { freeCases, kindOf, SIZES } from '../shared/self-check.ts'
import { matlabWhole } from './dialect.ts'

/** The function; empty for a program without derivatives that can be checked. */
export function checkFunction({
  functionName,
  parameters,
  outputs,
  dimensions,
  precision,
  planned,
}: PreparedProgram): string[] {
  const cases = freeCases(parameters, outputs)
  if (cases.length === 0) return []
  const told = new Set(parameters.flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))
  // A program with sizes that no argument tells takes them behind its arguments; it is left to its caller to check it.
  const used = new Set(planned.steps.flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))
  if ([...used].some((name) => !told.has(name))) return []
  const names = [...dimensions].filter(([name]) => told.has(name))
  const shape = (axes: (typeof parameters)[number]['axes']) => {
    const sizes = axes.map((axis) => dimensionText(axis, dimensions, matlabWhole).text)
    return `[${(sizes.length === 0 ? ['1', '1'] : sizes.length === 1 ? [...sizes, '1'] : sizes).join(', ')}]`
  }
  const declared = parameters.map((parameter) => `        {${shape(parameter.axes)}, '${kindOf(parameter)}'}`)
  const list = cases.map(
    ({ of, position, by }) =>
      `        {${of + 1}, ${position + 1}, [${by.map((one) => parameters.indexOf(one) + 1).join(', ')}]}`,
  )
  const epsilon = precision === 'float32' ? "eps('single')" : 'eps'
  return [
    'function selfcheck()',
    '% Compares the derivatives with central differences at random inputs; an error where one is wrong.',
    ...names.map(([, identifier], k) => `    ${identifier} = ${SIZES[k] ?? 2 * k + 1};`),
    '    parameters = {',
    ...declared,
    '    };',
    '    % What is differentiated, the derivative, and the parameters differentiated by.',
    '    cases = {',
    ...list,
    '    };',
    ...STATIC.replace(/EPSILON/g, epsilon)
      .replace('ORDER', precision === 'float32' ? '3' : '6')
      .replace(/OUTPUTS/g, `${outputs.length}`)
      .replace(/EVALUATE/g, functionName)
      .split('\n'),
  ]
}

const STATIC = `    state = 1;
    worst = 0;
    right = true;
    points = 0;
    ranges = [-2, 2; 0.5, 1.5; 0.1, 0.4];
    for r = 1:3
        % Positive entries serve where the function is not defined for others.
        inputs = cell(1, numel(parameters));
        for k = 1:numel(inputs)
            inputs{k} = sampled(parameters{k}{:}, ranges(r, 1), ranges(r, 2));
        end
        results = evaluated(inputs);
        values = cellfun(@dense, results, 'UniformOutput', false);
        if ~all(cellfun(@(v) isreal(v) && all(isfinite(v(:))), values))
            continue
        end
        points = points + 1;
        for c = 1:numel(cases)
            [of, at, by] = deal(cases{c}{:});
            order = numel(by);
            % The step that balances rounding with the curvature left out.
            step = EPSILON^(1 / (order + 2));
            tolerance = 10^min(order - ORDER, -1);
            rounding = 100 * EPSILON * max(1, largest(values{of})) / step^order;
            % A step may cross a kink; a wrong derivative is wrong in every direction.
            least = Inf;
            for attempt = 1:3
                directions = cell(1, order);
                for k = 1:order
                    [shape, kind] = deal(parameters{by(k)}{:});
                    if strcmp(kind, 'psd')
                        kind = 'symmetric';
                    elseif strcmp(kind, 'positive')
                        kind = 'any';
                    end
                    directions{k} = sampled(shape, kind, -1, 1);
                    directions{k} = directions{k} / max(1, norm(directions{k}(:)));
                end
                expected = difference(inputs, of, by, directions, step);
                scale = max(largest(expected), rounding / tolerance);
                found = {contracted(values{at}, directions{end})};
                if isstruct(results{at}) && isfield(results{at}, 'apply')
                    found{2} = results{at}.apply(directions{end});
                end
                gap = 0;
                for f = 1:numel(found)
                    one = found{f};
                    for k = order - 1:-1:1
                        one = contracted(one, directions{k});
                    end
                    gap = max(gap, largest(one(:) - expected(:)));
                end
                least = min(least, gap / scale);
            end
            worst = max(worst, least);
            right = right && least < tolerance;
        end
    end
    fprintf('largest relative error against central differences: %.1e\\n', worst);
    if ~right || points == 0
        error('EVALUATE:check', 'a derivative is wrong');
    end

    function x = sampled(shape, kind, low, high)
        x = zeros(shape);
        for index = 1:numel(x)
            state = mod(state * 16807, 2147483647);
            x(index) = low + (high - low) * state / 2147483647;
        end
        switch kind
            case 'symmetric'
                x = (x + x') / 2;
            case 'psd'
                x = x * x' + eye(size(x));
            case 'diagonal'
                x = diag(diag(x));
            case 'positive'
                x = 0.5 + abs(x) / max(1, max(abs(x(:))));
        end
    end
end

function results = evaluated(inputs)
    results = cell(1, OUTPUTS);
    [results{:}] = EVALUATE(inputs{:});
end

function value = dense(result)
    value = result;
    if isstruct(result)
        value = result.expand();
    end
end

function y = difference(inputs, of, by, directions, step)
% Central differences along directions, the first taken last.
    if isempty(by)
        results = evaluated(inputs);
        y = dense(results{of});
        return
    end
    above = inputs;
    above{by(1)} = above{by(1)} + step * directions{1};
    below = inputs;
    below{by(1)} = below{by(1)} - step * directions{1};
    y = (difference(above, of, by(2:end), directions(2:end), step) ...
        - difference(below, of, by(2:end), directions(2:end), step)) / (2 * step);
end

function y = contracted(x, direction)
% The last axes of x summed with the direction.
    y = reshape(x, [], numel(direction)) * direction(:);
end

function y = largest(x)
    y = max([0; abs(x(:))]);
end`
