function [value, gradient_mu, gradient_S, hessian_mu] = evaluate(S, x, mu)
% EVALUATE  (log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2
%
%   S            n x n, symmetric positive definite
%   x            n x 1
%   mu           n x 1
%
% Returns
%   value        a number: 0.5*(log(det(S)) + (x - mu)'*inv(S)*(x - mu))
%   gradient_mu  n x 1: inv(S)*(mu - x)
%   gradient_S   n x n: 0.5*(inv(S) - inv(S)*(x - mu)*(x - mu)'*inv(S))
%   hessian_mu   n x n: inv(S)
    if nargin == 0
        selfcheck();
        return
    end
    if ndims(S) > 2
        error('evaluate:size', 'S must be of size n x n, not %s', mat2str(size(S)));
    end
    n = size(S, 1);
    if size(S, 2) ~= n
        error('evaluate:size', 'S must be of size n x n, not %s', mat2str(size(S)));
    end
    if ~isequal(size(x), [n, 1])
        error('evaluate:size', 'x must be of size n x 1, not %s', mat2str(size(x)));
    end
    if ~isequal(size(mu), [n, 1])
        error('evaluate:size', 'mu must be of size n x 1, not %s', mat2str(size(mu)));
    end
    hessian_mu = inv(S);
    t1 = mu - x;
    gradient_mu = hessian_mu * t1;
    value = 0.5 * ((hessian_mu' * t1)' * t1 + logdet(S));
    gradient_S = -0.5 * (gradient_mu .* gradient_mu' - hessian_mu);
end

function selfcheck()
% Compares the derivatives with central differences at random inputs; an error where one is wrong.
    n = 3;
    parameters = {
        {[n, n], 'psd'}
        {[n, 1], 'any'}
        {[n, 1], 'any'}
    };
    % What is differentiated, the derivative, and the parameters differentiated by.
    cases = {
        {1, 2, [3]}
        {1, 3, [1]}
        {2, 4, [3]}
    };
    state = 1;
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
            step = eps^(1 / (order + 2));
            tolerance = 10^min(order - 6, -1);
            rounding = 100 * eps * max(1, largest(values{of})) / step^order;
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
    fprintf('largest relative error against central differences: %.1e\n', worst);
    if ~right || points == 0
        error('evaluate:check', 'a derivative is wrong');
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
    results = cell(1, 4);
    [results{:}] = evaluate(inputs{:});
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
end

function y = logdet(x)
% log(det(x)) without overflow, NaN where det(x) <= 0.
    [~, u, p] = lu(x);
    pivots = diag(u);
    if det(p) * prod(sign(pivots)) > 0
        y = sum(log(abs(pivots)));
    else
        y = NaN;
    end
end
